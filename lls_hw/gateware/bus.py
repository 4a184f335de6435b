"""Element bus between the host link and the engine: one element a transfer, of one `Space`."""

from amaranth.lib import data, stream

from lls_hw.contract.registers import ADDRESS_BITS, Space

__all__ = ["DATA_BITS", "SPACE_BITS", "ReadLayout", "WriteLayout", "element_write"]

SPACE_BITS = 4
"""Bits of a `Space` number."""

DATA_BITS = 8 * max(space.element_bytes for space in Space)
"""Bits of the widest element; narrower ones lie in the low bits, the rest is zero."""

WriteLayout = data.StructLayout({"space": SPACE_BITS, "addr": ADDRESS_BITS, "data": DATA_BITS})
"""Payload of `write_i`: store the element `data` at element address `addr` of `space`."""

ReadLayout = data.StructLayout({"space": SPACE_BITS, "addr": ADDRESS_BITS})
"""Payload of `read_i`: fetch one element; it comes back on `read_o`, in order."""

_ELEMENT_LAYOUT = data.StructLayout({"addr": ADDRESS_BITS, "data": DATA_BITS})


def element_write(*, always_ready: bool = True) -> stream.Signature:
    """Elements of one `Space` that the host writes: address and bits of each.

    Parameters
    ----------
    always_ready : no element ever waits.
    """
    return stream.Signature(_ELEMENT_LAYOUT, always_ready=always_ready)
