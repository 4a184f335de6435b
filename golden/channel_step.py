"""Steps of each channel, relative to the running size of its own gradient.

Integer arithmetic of the engine, exact; `docs/numerics.md` has the ranges. Shapes: I inputs,
O channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

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


def sampled_rows(gradient: Tensor, step: int | Tensor) -> Tensor:
    """Rows of a gradient (I, O) that count: the stride divides input + step; at least one.

    Where a step has a row less than others, the last one is zero.
    """
    fan_in, channels = gradient.shape
    stride = 1 << c.row_stride(fan_in)
    few = fan_in < 1 << c.ROW_STRIDE
    rows = gradient[:stride] if few else pad(gradient, (0, 0, 0, -fan_in % stride))
    groups = rows.reshape(-1, stride, channels)
    return groups.index_select(1, torch.as_tensor(-step % stride).reshape(1)).squeeze(1)


@dataclass
class GradientSize:
    """Running size of each channel's gradient, (O,) each, as in `contract.channels`."""

    power: Tensor
    size: Tensor
    seen: Tensor

    def settle(self, fan_in: int) -> None:
        """Before a batch: a size that has become too small or too large changes by one bit.

        The power forgets where the batch before had a gradient: an absent one says nothing.
        """
        target, power = c.power_target(fan_in), self.power >> c.FRACTION - 1
        up = (power >= 5 * target) & (self.size < c.SIZE_MAX)
        down = (power < target) & (self.size > 0)
        self.size = self.size + up.long() - down.long()
        self.power = torch.where(
            up, self.power >> 2, torch.where(down, self.power << 2, self.power)
        )
        self.power = self.power - self.seen * (self.power >> c.MEMORY)

    def observe(self, gradient: Tensor, step: int | Tensor) -> None:
        """Adds the gradient (I, O) of a training batch."""
        down = c.row_shift(len(gradient)) + c.MEMORY
        rows = sampled_rows(gradient, step)
        counted = power(rows, self.size).sum(dim=0)
        self.power = self.power + (counted << c.FRACTION - down)
        self.seen = (bit_length(rows ^ (rows >> 63)) > 0).any(dim=0).long()
