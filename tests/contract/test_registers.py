"""Address spaces and registers: what the host relies on."""

import pytest

from lls_hw.contract import registers
from lls_hw.contract.config import PRESETS
from lls_hw.contract.registers import ADDRESS_BITS, Register, Space


def test_numbers_are_dense_and_described():
    assert sorted(Space) == list(range(len(Space)))
    assert sorted(Register) == list(range(len(Register)))
    for member in [*Space, *Register]:
        assert member.__doc__ and member.__doc__.endswith(".")


def test_access_is_declared():
    assert {space.element_bytes for space in Space} <= {1, 2, 4}
    assert {register.access for register in Register} <= {"r", "w", "rw"}
    always = {Space.CONTROL, Space.ACT, Space.LABEL, Space.IMAGE}
    assert {space for space in Space if space.while_running} == always


def test_magic_spells_the_name():
    assert registers.MAGIC.to_bytes(4, "little") == b"1SLL"


@pytest.mark.parametrize("name", PRESETS)
def test_every_element_has_an_address(name):
    config = PRESETS[name]
    most = max(
        config.weight_depth * config.cols,
        config.act_depth * config.act_word,
        2 * config.max_batch,
        config.basis_depth,
        4 * config.image_depth,
    )
    assert most <= 1 << ADDRESS_BITS
