"""Steps of each channel, relative to the running size of its own gradient.

Integer arithmetic of the engine, exact; `docs/numerics.md` has the ranges. Shapes: I inputs,
O channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.contract import channels as c
from lls_hw.golden.integer import bit_length

__all__ = ["GradientSize", "power", "sampled_rows"]


def power(gradient: Tensor, size: Tensor) -> Tensor:
    """About (G / 2**size)**2, as a power of four: 4**(bits(|G|) - size) in units of 4**lowest.

    |G| is the one's complement magnitude; POWER_SPAN has the lowest and the highest exponent.
    """
    lowest, highest = c.POWER_SPAN
    length = bit_length(gradient ^ (gradient >> 63))
    exponent = (length - size).clamp(max=highest)
    counts = (length > 0) & (exponent >= lowest)
    return torch.where(counts, torch.ones_like(gradient) << 2 * (exponent - lowest).clamp(min=0), 0)


def sampled_rows(fan_in: int, step: int) -> Tensor:
    """Inputs whose gradients count: input + step divides ROW_SAMPLE."""
    return torch.arange(fan_in)[-step % c.ROW_SAMPLE :: c.ROW_SAMPLE]


@dataclass
class GradientSize:
    """Running size of each channel's gradient, (O,) each, as in `contract.channels`."""

    power: Tensor
    size: Tensor

    def settle(self, fan_in: int, step: int) -> None:
        """Before a batch: a size that has become too small or too large changes by one bit.

        In step 0 there is nothing to settle. The power forgets what this batch will replace.
        """
        forget = c.memory_shift(step)
        if forget:
            target = c.power_target(fan_in) << c.POWER_FRACTION
            up = self.power > 2 * target + (target >> 2)
            down = self.power < (target >> 2) + (target >> 3) + (target >> 4)
            changed = (self.size + up.long() - down.long()).clamp(0, c.SIZE_MAX)
            by = changed - self.size
            self.size = changed
            self.power = torch.where(by < 0, self.power << 2, self.power >> 2 * by.clamp(min=0))
        self.power = self.power - (self.power >> forget)

    def observe(self, gradient: Tensor, step: int) -> None:
        """Adds the gradient (I, O) of a training batch."""
        fan_in = len(gradient)
        down = c.sample_shift(fan_in, c.ROW_SAMPLE) + c.memory_shift(step)
        counted = power(gradient[sampled_rows(fan_in, step)], self.size).sum(dim=0)
        self.power = self.power + (counted << c.POWER_FRACTION - down)
