"""Channel state: running statistics of what a block hands on, and of its gradient.

`docs/numerics.md` defines the arithmetic. Statistics are sampled: of a channel, some outputs and
some weights of a step count, others in the next step.
"""

from enum import IntEnum

from lls_hw.contract.fields import Field, Layout
from lls_hw.contract.formats import ACT_MAX, SHIFT_MAX

__all__ = [
    "ACTIVATION_LIMITS",
    "AVERAGE_LIMITS",
    "CHANNEL",
    "CHANNEL_ELEMENTS",
    "ChannelField",
    "DEVIATION_BITS",
    "DEVIATION_TARGET",
    "FRACTION",
    "IDENTITY_SCALE",
    "MEAN_BITS",
    "MEAN_MAX",
    "MEMORY",
    "PIXEL_STRIDE",
    "PIXEL_TURN",
    "POWER_BITS",
    "POWER_MEAN",
    "POWER_SPAN",
    "RANGES",
    "ROW_STRIDE",
    "SAMPLES",
    "SCALE_MAX",
    "SIZE_MAX",
    "STRIDE_MAX",
    "TARGET_FRACTION",
    "UNIT_MAX",
    "WIDE_BITS",
    "WIDE_FRACTION",
    "deviation_target",
    "initial_size",
    "initial_unit",
    "pixel_shift",
    "pixel_stride",
    "power_target",
    "row_shift",
    "row_stride",
]

MEMORY = 6
"""A statistic's weight of one step is 2**-MEMORY."""
SAMPLES = 5
"""Of a channel, at most 2**SAMPLES outputs and as many weights count in a step."""
PIXEL_STRIDE = 5
"""At least so many bits has the distance of two outputs of a channel that count."""
PIXEL_TURN = 5
"""Outputs that count move on by so many pixels from step to step."""
ROW_STRIDE = 4
"""At most so many bits has the distance of two weights of a channel that count, if there are
fewer than 2**(SAMPLES + ROW_STRIDE) weights."""
STRIDE_MAX = 10
"""Largest of these distances, in bits."""
FRACTION = MEMORY + SAMPLES
"""Fraction bits of all statistics: sums of samples are exact."""

WIDE_BITS = 12
"""Outputs before normalisation: signed, WIDE_FRACTION fraction bits of an activation."""
WIDE_FRACTION = 4
ACTIVATION_LIMITS = (-2040, 2039)
"""Of wide activations: all that round to -127..127."""
AVERAGE_LIMITS = (-(1 << WIDE_BITS - 1), (1 << WIDE_BITS - 1) - 1)
"""Of wide averages: all that fit."""
SCALE_MAX = 7
"""Largest right shift from a wide output to a normalised one."""
IDENTITY_SCALE = WIDE_FRACTION
"""With this shift and a mean of 0, the normalised output is the activation."""
MEAN_BITS = 22
MEAN_MAX = (1 << 20) - 1
"""Once settled, a mean lies within 512; until then it may gain the sum of a step."""
DEVIATION_BITS = 19
DEVIATION_TARGET = 26
"""Mean magnitude of a normalised output: for a normal distribution, one sigma is 32."""
TARGET_FRACTION = 3
"""Fraction bits of the target in a descriptor."""
UNIT_MAX = SHIFT_MAX + SCALE_MAX
"""Largest exponent of a normalised output's unit."""

POWER_SPAN = (-2, 3)
"""Sizes of gradients, in powers of two of the running size, that are told apart: smaller ones
count as nothing, larger ones as the largest."""
POWER_BITS = 22
POWER_MEAN = 2.16
"""Mean of 4**bits(g) over the mean of g**2, for gradients of networks and for normal
distributions."""
SIZE_MAX = 32
"""Largest exponent of a gradient's running size: bits of a 32-bit magnitude."""

CHANNEL = (
    Layout(Field("mean", MEAN_BITS, signed=True)),
    Layout(deviation=DEVIATION_BITS, unit=UNIT_MAX.bit_length()),
    Layout(power=POWER_BITS, size=SIZE_MAX.bit_length(), seen=1),
)
"""Elements of a channel's state in `Space.CHANNEL`; a fourth is unused."""
CHANNEL_ELEMENTS = 4


class ChannelField(IntEnum):
    """Columns of a layer's channel state, (channels, 6) int32."""

    MEAN = 0
    """Mean of the outputs, in units of a normalised output, FRACTION fraction bits."""
    DEVIATION = 1
    """Mean magnitude of the normalised outputs, FRACTION fraction bits."""
    UNIT = 2
    """Exponent of a normalised output's unit: 2**(UNIT - WIDE_FRACTION) of the block's sums."""
    POWER = 3
    """Mean square of the gradient, in units of 4**(SIZE + POWER_SPAN[0])."""
    SIZE = 4
    """Exponent of the gradient's root mean square."""
    SEEN = 5
    """Whether the last training batch had a gradient that counts: the power then forgets."""


RANGES = {
    ChannelField.MEAN: range(-MEAN_MAX, MEAN_MAX + 1),
    ChannelField.DEVIATION: range((ACT_MAX << FRACTION) + 1),
    ChannelField.UNIT: range(UNIT_MAX + 1),
    ChannelField.POWER: range((4 ** (POWER_SPAN[1] - POWER_SPAN[0]) << FRACTION) + 1),
    ChannelField.SIZE: range(SIZE_MAX + 1),
    ChannelField.SEEN: range(2),
}
"""What the fields may be between two steps. The weights of a mean of samples add up to one."""


def pixel_stride(pixels: int) -> int:
    """Bits of the distance of two outputs of a channel that count, of `pixels` a step."""
    return max((pixels - 1).bit_length() - SAMPLES, PIXEL_STRIDE)


def row_stride(fan_in: int) -> int:
    """Bits of the distance of two weights of a channel that count, of `fan_in`.

    With fewer than 2**ROW_STRIDE, one of the first 2**row_stride(fan_in) counts.
    """
    least = min(fan_in.bit_length() - 1, ROW_STRIDE)
    return max((fan_in - 1).bit_length() - SAMPLES, least)


def pixel_shift(pixels: int) -> int:
    """Bits by which a step's outputs of a channel are divided: log2 of their largest number."""
    return (-(-pixels >> pixel_stride(pixels)) - 1).bit_length()


def row_shift(fan_in: int) -> int:
    """Bits by which a step's gradients of a channel are divided: log2 of their largest number."""
    if fan_in < 1 << ROW_STRIDE:
        return 0
    return (-(-fan_in >> row_stride(fan_in)) - 1).bit_length()


def deviation_target(pixels: int) -> int:
    """DEVIATION_TARGET of a channel with that many outputs a step, TARGET_FRACTION fraction bits.

    The share of the outputs that count in the number by which they are divided enters.
    """
    share = pixels / (1 << pixel_stride(pixels) + pixel_shift(pixels))
    return max(round(share * (DEVIATION_TARGET << TARGET_FRACTION)), 1)


def power_target(fan_in: int) -> int:
    """Power of a gradient with a root mean square of 2**SIZE, without fraction bits."""
    share = 1.0
    if fan_in >= 1 << ROW_STRIDE:
        share = fan_in / (1 << row_stride(fan_in) + row_shift(fan_in))
    return round(share * POWER_MEAN * 4 ** -POWER_SPAN[0])


def initial_unit(weight_fraction: int) -> int:
    """Unit of outputs whose weights and inputs have their initial size."""
    return weight_fraction + WIDE_FRACTION - 1


def initial_size(beats: int, classifier: bool) -> int:
    """First guess of a gradient's size, from the pixels of a batch: measured, within a few bits."""
    return min(10 + (beats - 1).bit_length() + 3 * classifier, SIZE_MAX)
