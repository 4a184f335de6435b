"""Channel state: running statistics of what a block hands on, and of its gradient.

`docs/numerics.md` defines the arithmetic. Statistics are sampled: of a channel, one in
PIXEL_SAMPLE outputs and one in ROW_SAMPLE weights of a step count, others in the next step.
"""

from enum import IntEnum

from lls_hw.contract.fields import Field, Layout
from lls_hw.contract.formats import SHIFT_MAX

__all__ = [
    "CHANNEL",
    "CHANNEL_ELEMENTS",
    "DEVIATION_BITS",
    "DEVIATION_TARGET",
    "FRACTION",
    "IDENTITY_SCALE",
    "MEAN_BITS",
    "MEAN_MAX",
    "MEMORY",
    "PIXEL_SAMPLE",
    "POWER_BITS",
    "POWER_FRACTION",
    "POWER_SPAN",
    "ROW_SAMPLE",
    "SCALE_MAX",
    "SIZE_MAX",
    "TARGET_FRACTION",
    "UNIT_MAX",
    "WIDE_BITS",
    "WIDE_FRACTION",
    "ChannelField",
    "deviation_target",
    "initial_size",
    "initial_unit",
    "memory_shift",
    "power_target",
    "sample_shift",
]

MEMORY = 6
"""A statistic's weight of one step is 2**-MEMORY, more in the first steps."""
PIXEL_SAMPLE = 32
"""Of a channel, one in so many outputs counts for the mean and deviation."""
ROW_SAMPLE = 16
"""Of a channel, one in so many weights counts for the size of its gradient."""

WIDE_BITS = 12
"""Outputs before normalisation: signed, WIDE_FRACTION fraction bits of an activation."""
WIDE_FRACTION = 4
SCALE_MAX = 7
"""Largest right shift from a wide output to a normalised one."""
IDENTITY_SCALE = WIDE_FRACTION
"""With this shift and a mean of 0, the normalised output is the activation."""
FRACTION = 16
"""Fraction bits of mean and deviation."""
MEAN_BITS = 27
MEAN_MAX = (1 << 25) - 1
"""A mean is stored within 512; until then it may gain the sum of a step."""
DEVIATION_BITS = 24
DEVIATION_TARGET = 26
"""Mean magnitude of a normalised output: for a normal distribution, one sigma is 32."""
TARGET_FRACTION = 3
"""Fraction bits of the target in a descriptor."""
UNIT_MAX = SHIFT_MAX + SCALE_MAX
"""Largest exponent of a normalised output's unit."""

POWER_SPAN = (-2, 3)
"""Sizes of gradients, in powers of two of the running size, that are told apart: smaller ones
count as nothing, larger ones as the largest."""
POWER_FRACTION = 15
"""Fraction bits of the running power."""
POWER_BITS = 26
POWER_MEAN = 12 / 7
"""Mean of 4**bits(g) / g**2, as if g were uniform between two powers of two."""
SIZE_MAX = 32
"""Largest exponent of a gradient's running size: bits of a 32-bit magnitude."""


CHANNEL = (
    Layout(Field("mean", MEAN_BITS, signed=True)),
    Layout(deviation=DEVIATION_BITS, unit=UNIT_MAX.bit_length()),
    Layout(power=POWER_BITS, size=SIZE_MAX.bit_length()),
)
"""Elements of a channel's state in `Space.CHANNEL`; a fourth is unused."""
CHANNEL_ELEMENTS = 4


class ChannelField(IntEnum):
    """Columns of a layer's channel state, (channels, 5) int32."""

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


def memory_shift(step: int) -> int:
    """A statistic's weight of a step is 2**-this: 1 in step 0, then 1/2, 1/4 twice, and so on."""
    return min(step.bit_length(), MEMORY)


def sample_shift(count: int, sample: int) -> int:
    """Bits by which the samples of a channel are divided, one in `sample` of `count`.

    The next power of two at or above their number, as far as it is at least one.
    """
    return max(-(-count // sample) - 1, 0).bit_length()


def deviation_target(pixels: int) -> int:
    """DEVIATION_TARGET of a channel with that many outputs a step, TARGET_FRACTION fraction bits.

    The share of the samples in the power of two by which they are divided enters.
    """
    share = pixels / PIXEL_SAMPLE / (1 << sample_shift(pixels, PIXEL_SAMPLE))
    return max(round(share * (DEVIATION_TARGET << TARGET_FRACTION)), 1)


def power_target(fan_in: int) -> int:
    """Power of a gradient with a root mean square of 2**SIZE, without fraction bits."""
    share = fan_in / ROW_SAMPLE / (1 << sample_shift(fan_in, ROW_SAMPLE))
    return max(round(share * POWER_MEAN * 4 ** -POWER_SPAN[0]), 1)


def initial_unit(weight_fraction: int) -> int:
    """Unit of outputs whose weights and inputs have their initial size."""
    return weight_fraction + WIDE_FRACTION - 1


def initial_size(beats: int, classifier: bool) -> int:
    """First guess of a gradient's size, from the pixels of a batch: measured, within a few bits."""
    return min(10 + (beats - 1).bit_length() + 3 * classifier, SIZE_MAX)
