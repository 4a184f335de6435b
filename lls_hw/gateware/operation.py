"""Hardware view of descriptors."""

from amaranth.hdl import Const
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import ARRAY, HEADER, LOCAL, MOVE, WITHOUT_MAPS, largest
from lls_hw.gateware.layout import struct_layout

__all__ = [
    "ARRAY_LAYOUT", "HEADER_LAYOUT", "LOCAL_LAYOUT", "MOVE_LAYOUT", "completes", "first_channel",
    "restricted",
]  # fmt: skip

HEADER_LAYOUT = struct_layout(HEADER)
"""What every descriptor begins with."""
ARRAY_LAYOUT = struct_layout(HEADER, ARRAY)
"""The descriptor of FORWARD and GRADIENT."""
LOCAL_LAYOUT = struct_layout(HEADER, LOCAL)
"""The descriptor of LOCAL."""
MOVE_LAYOUT = struct_layout(HEADER, MOVE)
"""The descriptor of FILL and WRITE_BACK."""


def restricted(config: Config, descriptor):
    """What an engine sees of a descriptor: bits that no program for it sets are constant.

    Synthesis removes everything that depends on nothing else.
    """
    limits = largest(config)
    seen = {}
    whole_layers = not limits.get("out_first", 1)
    for name, _ in descriptor.shape():
        field = getattr(descriptor, name)
        if name in limits:
            field = field[: limits[name].bit_length()]
        if name in WITHOUT_MAPS and not config.maps:
            field = Const(WITHOUT_MAPS[name])
        seen[name] = field
    if whole_layers and "out_stride" in seen:
        seen["out_stride"] = seen["out_tiles"]
    return seen


def first_channel(config: Config, operation):
    """Output channels of the layer before the first of an operation's."""
    return operation.out_first << ceil_log2(config.cols)


def completes(operation):
    """The operation has the last output channels of its layer."""
    return operation.out_first + operation.out_tiles == operation.out_stride
