"""Hardware view of the element bus between the host link and the engine."""

from lls_hw.contract.bus import DATA_BITS, READ, SPACE_BITS, WRITE
from lls_hw.gateware.layout import struct_layout

__all__ = ["DATA_BITS", "SPACE_BITS", "ReadLayout", "WriteLayout"]

WriteLayout = struct_layout(WRITE)
"""Payload of `write_i`."""
ReadLayout = struct_layout(READ)
"""Payload of `read_i`; elements come back on `read_o`, in order."""
