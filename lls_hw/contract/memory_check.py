"""Test of the external memory: passes over all of it that the board does by itself.

A pass writes a pattern, reads and compares it, or lets time pass. The pattern is a hash of the
address, so that neither line nor cell is alike for long, and a word at a wrong address shows:
multiplied by STRIDE modulo 2**ADDRESS_BITS, of which an element has the upper bits.
"""

from enum import IntEnum

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.fields import Layout

__all__ = [
    "COUNT_BITS", "ELEMENT_BITS", "FOUND", "PASS", "STATE", "STRIDE", "Pass", "hashed", "pattern",
]  # fmt: skip

ELEMENT_BITS = 16
"""Bits of an element of the external memory."""
COUNT_BITS = ADDRESS_BITS + 1
"""Bits of a number of elements."""
STRIDE = 0x9E3779
"""The golden section of 2**24, odd: every hash occurs once in 2**24 addresses, and neighbours, as
well as addresses that differ in one bit, have hashes far apart."""


class Pass(IntEnum):
    """What a pass does with each element."""

    PAUSE = 0
    """Nothing, in as many cycles."""
    WRITE = 1
    READ = 2


PASS = Layout(count=COUNT_BITS, what=2, inverted=1)
"""Elements, `Pass`, and whether the pattern's bits are inverted."""
STATE = Layout(left=COUNT_BITS, busy=1)
"""Elements that have not been asked for, and whether a pass is under way."""
FOUND = Layout(first=ELEMENT_BITS, every=ELEMENT_BITS)
"""Wrong bits of the first wrong element, and those of all."""


def hashed(address: int) -> int:
    """The hash of an element's address, of ADDRESS_BITS bits."""
    return address * STRIDE % (1 << ADDRESS_BITS)


def pattern(address: int, inverted: bool = False) -> int:
    """The element, 0..65535, that a pass writes to an address and expects there."""
    element = hashed(address) >> ADDRESS_BITS - ELEMENT_BITS
    return element ^ 0xFFFF * inverted
