"""Where elements of the host may go to and come from: the contract's spaces and registers."""

from collections.abc import Sequence

from amaranth.lib import stream, wiring
from amaranth.lib.wiring import Out

from lls_hw.contract.registers import Register, Space
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.ports import ElementRead, SlowRead, element_write

__all__ = [
    "CHOICE_CYCLES", "COLUMNS", "EVENTS", "PLACES", "READ", "RegisterValues", "SLOW", "STORED",
    "WRITTEN",
    "port_name", "read_signature", "register_shape", "stalls", "waits_for_idle", "write_signature",
]  # fmt: skip

WRITTEN = tuple(space for space in Space if space is not Space.CONTROL and space.writable)
"""Spaces that the host writes, registers apart."""
READ = tuple(space for space in Space if space.readable)
"""Spaces that the host reads."""
CHOICE_CYCLES = 1
"""Cycles left for the choice among the spaces, after the longest of their latencies."""
COLUMNS = (Space.WEIGHT, Space.VELOCITY)
"""Spaces that lie in the columns of the array."""
SLOW = (Space.EXTERNAL, Space.TALLY)
"""Spaces whose elements may not be there yet when they are read."""
WRITTEN_REGISTERS = tuple(register for register in Register if "w" in register.access)
"""Registers that the host writes."""
EVENTS = tuple(register for register in WRITTEN_REGISTERS if register.event)
"""Written registers that make something happen and keep no value."""
STORED = tuple(register for register in WRITTEN_REGISTERS if not register.event)
"""Written registers that keep their value."""
PLACES: tuple[Space | Register, ...] = (*WRITTEN, *WRITTEN_REGISTERS)
"""Everything that the host writes. A space and a register may have the same number: they are told
apart by identity or name."""


def port_name(place: Space | Register) -> str:
    """Name of the port of a space or register."""
    return place.name.lower()


def register_shape(register: Register):
    """Shape of a register's value: a number, or its fields."""
    fields = register.fields
    return fields.bits if len(fields) == 1 else struct_layout(fields)


class RegisterValues(wiring.Signature):
    """Values of some registers, named like them in lower case."""

    def __init__(self, registers: Sequence[Register]) -> None:
        super().__init__({port_name(r): Out(register_shape(r)) for r in registers})


def waits_for_idle(place: Space | Register) -> bool:
    """Whether the host may write there only while no program runs."""
    return not place.while_running


def stalls(place: Space | Register) -> bool:
    """Whether the place may keep an element waiting."""
    stalling: tuple[Space | Register, ...] = (
        Space.ACT, Space.EXTERNAL, Space.SAMPLE, Register.RUN
    )  # fmt: skip
    return any(place is one for one in stalling)


def read_signature(space: Space) -> wiring.Signature:
    """How an element of a space is read."""
    return SlowRead() if space in SLOW else ElementRead()


def write_signature(place: Space | Register) -> stream.Signature:
    """The stream of what the host writes there."""
    always_ready = not stalls(place)
    if isinstance(place, Space):
        return element_write(always_ready=always_ready)
    return stream.Signature(register_shape(place), always_ready=always_ready)
