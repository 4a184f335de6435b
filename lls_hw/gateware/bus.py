"""Hardware view of the element bus between the host link and the engine."""

from amaranth.lib import stream

from lls_hw.contract.bus import DATA_BITS, ELEMENT, READ, SPACE_BITS, WRITE
from lls_hw.gateware.layout import struct_layout

__all__ = ["DATA_BITS", "SPACE_BITS", "ReadLayout", "WriteLayout", "element_write"]

WriteLayout = struct_layout(WRITE)
"""Payload of `write_i`."""
ReadLayout = struct_layout(READ)
"""Payload of `read_i`; elements come back on `read_o`, in order."""


def element_write(*, always_ready: bool = True) -> stream.Signature:
    """Elements of one `Space` that the host writes: address and bits of each.

    Parameters
    ----------
    always_ready : no element ever waits.
    """
    return stream.Signature(struct_layout(ELEMENT), always_ready=always_ready)
