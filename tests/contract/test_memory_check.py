"""The pattern of the memory test: what it must have to show a fault."""

import pytest

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.memory_check import STRIDE, hashed, pattern

DEPTH = 1 << ADDRESS_BITS


def test_values():
    """A multiplication by the golden section of 2**24, of which the upper 16 bits count."""
    assert STRIDE == int(DEPTH * (5**0.5 - 1) / 2)
    assert [pattern(k) for k in (0, 1, 2, 3, DEPTH - 1)] == [0, 0x9E37, 0x3C6E, 0xDAA6, 0x61C8]
    assert pattern(1, inverted=True) == 0x61C8


def test_hashes_are_a_permutation():
    """STRIDE has an inverse, so every hash occurs once and every element 256 times."""
    inverse = pow(STRIDE, -1, DEPTH)
    assert all(hashed(k) * inverse % DEPTH == k for k in (1, 77, 123456, DEPTH - 1))


@pytest.mark.parametrize("bit", range(ADDRESS_BITS))
def test_a_line_of_the_address_shows(bit):
    """Wherever two addresses differ in one bit, their elements differ."""
    for other in (0, 0x5A5A5A, 0xFFFFFF, 0x123456):
        assert pattern(other) != pattern(other ^ 1 << bit)


def test_every_line_of_the_data_is_high_and_low_within_a_few_elements():
    for first in (0, 4096, DEPTH - 64):
        elements = [pattern(first + k) for k in range(64)]
        for bit in range(16):
            assert {element >> bit & 1 for element in elements} == {0, 1}
