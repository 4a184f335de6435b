"""Address spaces and registers: what the host relies on."""

from dataclasses import replace

import pytest

from lls_hw.contract import registers
from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.config import PRESETS, ConfigError
from lls_hw.contract.counters import COUNTER_NAMES
from lls_hw.contract.description import WORDS
from lls_hw.contract.registers import COUNTERS, DESCRIPTION_START, Register, Space


def test_numbers_are_described():
    assert sorted(Space) == list(range(len(Space)))
    assert Space.CONTROL.capacity(PRESETS["small"]) == DESCRIPTION_START + WORDS
    assert max(Register) < DESCRIPTION_START
    for member in [*Space, *Register]:
        assert member.__doc__ and member.__doc__.endswith(".")


def test_access_is_declared():
    assert {space.element_bytes for space in Space} <= {1, 2, 4}
    assert {register.access for register in Register} <= {"r", "w", "rw"}
    always = {Space.CONTROL, Space.ACT, Space.LABEL, Space.IMAGE, Space.SAMPLE}
    assert {space for space in Space if space.while_running} == always


def test_magic_spells_the_name():
    assert registers.MAGIC.to_bytes(4, "little") == b"1SLL"


@pytest.mark.parametrize("name", PRESETS)
def test_every_element_has_an_address(name):
    assert max(space.capacity(PRESETS[name]) for space in Space) <= 1 << ADDRESS_BITS


@pytest.mark.parametrize(
    ("field", "most", "others"),
    [
        ("weight_depth", 1 << 19, {"cols": 32}),
        ("act_depth", 1 << 19, {"rows": 32}),
        ("weight_depth", 1 << 20, {"cols": 16}),
    ],
)
def test_memories_beyond_the_addresses_are_refused(field, most, others):
    config = replace(PRESETS["small"], channel_depth=0, **others, **{field: most})
    assert max(space.capacity(config) for space in Space) == 1 << ADDRESS_BITS
    with pytest.raises(ConfigError, match=f"{field} is {most + 1}; it must be"):
        replace(config, **{field: most + 1})


def test_counters_are_registers():
    assert [register.name.lower() for register in COUNTERS] == list(COUNTER_NAMES)
    assert all(register.access == "r" for register in COUNTERS)


def test_fields_of_registers_fit():
    for register in Register:
        assert 0 < register.fields.bits <= 32
        assert register.event <= ("w" in register.access)
