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

_WIDE_MAX = (1 << c.WIDE_BITS - 1) - 1


def wide_activation(z: Tensor, shift: int) -> Tensor:
    """LeakyReLU 1/8 of accumulators, scaled by 2**-shift, with WIDE_FRACTION fraction bits."""
    scaled = torch.where(z < 0, z, z << f.SLOPE_SHIFT) << c.WIDE_FRACTION
    return (scaled >> shift + f.SLOPE_SHIFT).clamp(-_WIDE_MAX - 1, _WIDE_MAX)


def wide_average(u: Tensor, shift: int) -> Tensor:
    """Cell sums, scaled by 2**-shift, with WIDE_FRACTION fraction bits."""
    return ((u << c.WIDE_FRACTION) >> shift).clamp(-_WIDE_MAX - 1, _WIDE_MAX)


def normalise(v: Tensor, scale: Tensor, mean: Tensor) -> Tensor:
    """v * 2**-scale - mean, rounded half up, saturated to int8; v (..., O) wide.

    scale (O,) 0..SCALE_MAX, mean (O,) with FRACTION fraction bits, of which one counts.
    """
    half = ((v << 1) >> scale) - (mean >> c.FRACTION - 1)
    return saturate((half + 1) >> 1, f.ACT_MAX)


def sampled_pixels(pixels: int, channels: int, step: int) -> Tensor:
    """(N, O), true for the outputs that count: pixel + channel + step divides PIXEL_SAMPLE."""
    place = torch.arange(pixels)[:, None] + torch.arange(channels) + step % c.PIXEL_SAMPLE
    return place % c.PIXEL_SAMPLE == 0


@dataclass
class Normaliser:
    """Running statistics of a block's outputs, (O,) each, as in `contract.channels`."""

    mean: Tensor
    deviation: Tensor
    unit: Tensor

    def scale(self, shift: int) -> Tensor:
        """Right shift of each channel's wide outputs, at an activation shift."""
        return (self.unit - shift).clamp(0, c.SCALE_MAX)

    def observe(self, x: Tensor, step: int) -> None:
        """Adds the normalised outputs x (N, O) of a training batch."""
        counted = x * sampled_pixels(*x.shape, step)
        down = c.sample_shift(len(x), c.PIXEL_SAMPLE) + c.memory_shift(step)
        self.mean = self.mean + (counted.sum(dim=0) << c.FRACTION - down)
        self.deviation = self.deviation + (counted.abs().sum(dim=0) << c.FRACTION - down)

    def settle(self, pixels: int, shift: int, step: int) -> None:
        """After the batch: a unit that has become too small or too large changes by one bit.

        `shift` is the activation shift of the batch. The deviation forgets what the next batch
        will replace.
        """
        target = c.deviation_target(pixels) << c.FRACTION - c.TARGET_FRACTION
        up = self.deviation > target + (target >> 1) + (target >> 3)
        down = self.deviation < (target >> 1) + (target >> 3)
        scale = self.scale(shift)
        changed = (scale + up.long() - down.long()).clamp(0, c.SCALE_MAX)
        by = changed - scale
        self.unit = shift + changed
        mean, deviation = (_scaled(value, by) for value in (self.mean, self.deviation))
        self.mean = saturate(mean, c.MEAN_MAX)
        self.deviation = deviation - (deviation >> c.memory_shift(step + 1))


def _scaled(value: Tensor, by: Tensor) -> Tensor:
    """value * 2**-by for by of -1, 0 or 1, rounded down."""
    return torch.where(by < 0, value << 1, value >> by.clamp(min=0))
