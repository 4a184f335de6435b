"""Hardware view of descriptors."""

from amaranth.hdl import Const

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import ARRAY, HEADER, LOCAL, WITHOUT_MAPS, largest
from lls_hw.gateware.layout import struct_layout

__all__ = ["ARRAY_LAYOUT", "HEADER_LAYOUT", "LOCAL_LAYOUT", "restricted"]

HEADER_LAYOUT = struct_layout(HEADER)
"""What every descriptor begins with."""
ARRAY_LAYOUT = struct_layout(HEADER, ARRAY)
"""The descriptor of FORWARD and GRADIENT."""
LOCAL_LAYOUT = struct_layout(HEADER, LOCAL)
"""The descriptor of LOCAL."""


def restricted(config: Config, descriptor):
    """What an engine sees of a descriptor: bits that no program for it sets are constant.

    Synthesis removes everything that depends on nothing else.
    """
    limits = largest(config)
    seen = {}
    for name, _ in descriptor.shape():
        field = getattr(descriptor, name)
        if name in limits:
            field = field[: limits[name].bit_length()]
        if name in WITHOUT_MAPS and not config.maps:
            field = Const(WITHOUT_MAPS[name])
        seen[name] = field
    return seen
