"""Element bus between the host link and the engine: one element a transfer, of one `Space`."""

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.fields import Layout
from lls_hw.contract.registers import Space

__all__ = ["DATA_BITS", "ELEMENT", "READ", "SPACE_BITS", "WRITE"]

SPACE_BITS = 4
"""Bits of a `Space` number."""
DATA_BITS = 8 * max(space.element_bytes for space in Space)
"""Bits of the widest element; narrower ones lie in the low bits, the rest is zero."""
READ = Layout(space=SPACE_BITS, addr=ADDRESS_BITS)
"""Fetch one element; it comes back in order."""
WRITE = Layout(space=SPACE_BITS, addr=ADDRESS_BITS, data=DATA_BITS)
"""Store the element `data` at element address `addr` of `space`."""
ELEMENT = Layout(addr=ADDRESS_BITS, data=DATA_BITS)
"""An element that is on its way to its space."""
