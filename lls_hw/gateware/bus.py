"""Hardware view of the element bus between the host link and the engine."""

from amaranth.lib import data

from lls_hw.contract.frames import SPACE_BITS
from lls_hw.contract.registers import ADDRESS_BITS, Space

__all__ = ["DATA_BITS", "SPACE_BITS", "ReadLayout", "WriteLayout"]

DATA_BITS = 8 * max(space.element_bytes for space in Space)
"""Bits of the widest element; narrower ones lie in the low bits, the rest is zero."""

WriteLayout = data.StructLayout({"space": SPACE_BITS, "addr": ADDRESS_BITS, "data": DATA_BITS})
"""Payload of `write_i`: store the element `data` at element address `addr` of `space`."""

ReadLayout = data.StructLayout({"space": SPACE_BITS, "addr": ADDRESS_BITS})
"""Payload of `read_i`: fetch one element; it comes back on `read_o`, in order."""
