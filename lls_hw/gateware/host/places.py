"""Where elements of the host may go to and come from: the contract's spaces and registers."""

from amaranth.lib import stream

from lls_hw.contract.formats import MOMENTUM_SHIFT_MAX
from lls_hw.contract.registers import Register, Space
from lls_hw.gateware.bus import DATA_BITS
from lls_hw.gateware.memory.images import IMAGE_SHAPE_LAYOUT
from lls_hw.gateware.ports import element_write
from lls_hw.gateware.sequencer import RUN_LAYOUT

__all__ = [
    "CHOICE_CYCLES", "COLUMNS", "EVENTS", "PLACES", "READ", "STORED", "WRITTEN", "port_name",
    "register_shape", "stalls", "waits_for_idle", "write_signature",
]  # fmt: skip

_READ_ONLY = (Space.RESULT, Space.TRACE)
_WRITE_ONLY = (Space.PROGRAM, Space.ACT, Space.LABEL, Space.BASIS, Space.IMAGE)
_SHAPES = {
    Register.RUN: RUN_LAYOUT,
    Register.IMAGE_SHAPE: IMAGE_SHAPE_LAYOUT,
    Register.MOMENTUM_SHIFT: range(MOMENTUM_SHIFT_MAX + 1),
}

WRITTEN = tuple(s for s in Space if s is not Space.CONTROL and s not in _READ_ONLY)
"""Spaces that the host writes, registers apart."""
READ = tuple(space for space in Space if space not in _WRITE_ONLY)
"""Spaces that the host reads."""
CHOICE_CYCLES = 1
"""Cycles left for the choice among the spaces, after the longest of their latencies."""
COLUMNS = (Space.WEIGHT, Space.VELOCITY)
"""Spaces that lie in the columns of the array."""
WRITTEN_REGISTERS = tuple(register for register in Register if "w" in register.access)
"""Registers that the host writes."""
_AT_ONCE = (Register.IMAGE_SHAPE, Register.IMAGE_ROW)
"""Written even while a program runs; all others wait until the engine is idle."""
EVENTS = (Register.RUN, Register.IMAGE_ROW)
"""Written registers that make something happen and keep no value."""
STORED = tuple(register for register in WRITTEN_REGISTERS if register not in EVENTS)
"""Written registers that keep their value."""
PLACES: tuple[Space | Register, ...] = (*WRITTEN, *WRITTEN_REGISTERS)
"""Everything that the host writes. A space and a register may have the same number: they are told
apart by identity or name."""


def port_name(place: Space | Register) -> str:
    """Name of the port of a space or register."""
    return place.name.lower()


def register_shape(register: Register):
    """Shape of a register's value."""
    return _SHAPES.get(register, DATA_BITS)


def waits_for_idle(place: Space | Register) -> bool:
    """Whether the host may write there only while no program runs."""
    return not place.while_running if isinstance(place, Space) else place not in _AT_ONCE


def stalls(place: Space | Register) -> bool:
    """Whether the place may keep an element waiting."""
    return place is Space.ACT or place is Register.RUN


def write_signature(place: Space | Register) -> stream.Signature:
    """The stream of what the host writes there."""
    always_ready = not stalls(place)
    if isinstance(place, Space):
        return element_write(always_ready=always_ready)
    return stream.Signature(register_shape(place), always_ready=always_ready)
