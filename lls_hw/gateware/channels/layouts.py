"""Hardware view of channel states."""

from amaranth.hdl import signed
from amaranth.lib import data

from lls_hw.contract.channels import CHANNEL, FRACTION, MEAN_BITS, SCALE_MAX
from lls_hw.contract.formats import UPDATE_SHIFT_MAX
from lls_hw.gateware.layout import struct_layout

__all__ = ["HALF_MEAN_BITS", "ChannelParameters", "GradientState", "OutputState"]

HALF_MEAN_BITS = MEAN_BITS - FRACTION + 1
"""A mean with one fraction bit."""
OutputState = struct_layout(*CHANNEL[:2])
"""Statistics of a channel's outputs."""
GradientState = struct_layout(CHANNEL[2])
"""Statistics of a channel's gradient."""


class ChannelParameters(data.Struct):
    """What a column needs to know of its channel."""

    scale: range(SCALE_MAX + 1)
    """Right shift of wide outputs."""
    mean: signed(HALF_MEAN_BITS)
    """Mean that is subtracted after it, with one fraction bit."""
    update_shift: range(UPDATE_SHIFT_MAX + 1)
    """Right shift from a gradient to a step."""
