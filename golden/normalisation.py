"""Normalisation between blocks: mean and scale of each channel, from batches before.

No error leaves a block, so what it hands on may be normalised without a backward pass. Integer
arithmetic of the engine, exact; `docs/numerics.md` has the ranges. Shapes: N pixels, O channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.contract import channels as c
from lls_hw.contract import formats as f
from lls_hw.golden.integer import saturate

__all__ = ["Normaliser", "normalise", "sampled_pixels", "wide_activation", "wide_average"]


def wide_activation(z: Tensor, shift: int | Tensor) -> Tensor:
    """LeakyReLU 1/8 of accumulators, scaled by 2**-shift, with WIDE_FRACTION fraction bits."""
    scaled = torch.where(z < 0, z, z << f.SLOPE_SHIFT) << c.WIDE_FRACTION
    return (scaled >> shift + f.SLOPE_SHIFT).clamp(*c.ACTIVATION_LIMITS)


def wide_average(u: Tensor, shift: int) -> Tensor:
    """Cell sums, scaled by 2**-shift, with WIDE_FRACTION fraction bits."""
    return ((u << c.WIDE_FRACTION) >> shift).clamp(*c.AVERAGE_LIMITS)


def normalise(v: Tensor, scale: Tensor, mean: Tensor) -> Tensor:
    """v * 2**-scale - mean, rounded half up, saturated to int8; v (..., O) wide.

    scale (O,) 0..SCALE_MAX, mean (O,) with FRACTION fraction bits, of which one counts.
    """
    half = ((v << 1) >> scale) - (mean >> c.FRACTION - 1)
    return saturate((half + 1) >> 1, f.ACT_MAX)


def sampled_pixels(pixels: int, channels: int, step: int | Tensor) -> Tensor:
    """(N, O), true for the outputs that count: those of pixel p of channel o, if the stride divides
    p + o + PIXEL_TURN * step."""
    stride = 1 << c.pixel_stride(pixels)
    turn = torch.as_tensor(c.PIXEL_TURN * step % stride)
    pixel, channel = (torch.arange(n, device=turn.device) for n in (pixels, channels))
    place = pixel[:, None] + channel + turn
    return place % stride == 0


@dataclass
class Normaliser:
    """Running statistics of a block's outputs, (O,) each, as in `contract.channels`."""

    mean: Tensor
    deviation: Tensor
    unit: Tensor

    def __call__(self, v: Tensor, shift: int | Tensor) -> Tensor:
        """Normalised outputs of wide ones v (..., O) at an activation shift.

        A unit below what the shift allows is coarser than the state has it, and so is the mean.
        """
        scale = self.unit - shift
        mean = self.mean >> (-scale).clamp(0, c.SCALE_MAX)
        return normalise(v, scale.clamp(0, c.SCALE_MAX), mean)

    def observe(self, x: Tensor, step: int | Tensor) -> None:
        """Adds the normalised outputs x (N, O) of a training batch."""
        pixels, channels = x.shape
        counted = x * sampled_pixels(pixels, channels, step)
        down = c.pixel_shift(pixels) + c.MEMORY
        self.mean = self.mean + (counted.sum(dim=0) << c.FRACTION - down)
        self.deviation = self.deviation + (counted.abs().sum(dim=0) << c.FRACTION - down)

    def settle(self, pixels: int, shift: int | Tensor) -> None:
        """After the batch: a unit that has become too small or too large changes by one bit.

        It stays among those that `shift`, the activation shift of the batch, allows, and large
        enough for the mean. The deviation forgets what the next batch will replace.
        """
        target = c.deviation_target(pixels)
        deviation = self.deviation >> c.FRACTION - c.TARGET_FRACTION
        up = deviation >= target + (target >> 1)
        down = deviation < target >> 1
        up = up & (self.unit < shift + c.SCALE_MAX)
        down = down & (self.unit > shift) & (self.mean ^ (self.mean >> 63) <= c.MEAN_MAX >> 1)
        self.unit = self.unit + up.long() - down.long()
        self.mean = saturate(_scaled(self.mean, up, down), c.MEAN_MAX)
        self.deviation = _scaled(self.deviation, up, down)
        self.deviation = self.deviation - (self.deviation >> c.MEMORY)


def _scaled(value: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """Half the value where `up`, rounded down, twice where `down`."""
    return torch.where(up, value >> 1, torch.where(down, value << 1, value))
