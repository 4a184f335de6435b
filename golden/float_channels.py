"""Channel state in float64: what `normalisation` and `channel_step` do in integers, without
samples, hysteresis and saturation, but that of normalised outputs: outliers would impair learning.

Statistics start as those of the first batch, which needs no guess of a network's scale; after it a
step has a weight of 2**-MEMORY, as in integers.
"""

import torch
from torch import Tensor

from lls_hw.contract.channels import DEVIATION_TARGET, MEMORY, SCALE_MAX
from lls_hw.contract.formats import ACT_MAX
from lls_hw.network.layer_settings import NORMALISED_INPUT_FRACTION

__all__ = ["FloatNormaliser", "FloatSize"]

MAGNITUDE = DEVIATION_TARGET / 2**NORMALISED_INPUT_FRACTION
"""Mean magnitude of normalised outputs; a normal distribution then has a sigma of one."""
LIMIT = ACT_MAX / 2**NORMALISED_INPUT_FRACTION
"""Largest magnitude of a normalised output."""


class FloatNormaliser:
    """Running mean and mean magnitude of a block's outputs (..., O)."""

    mean: Tensor
    deviation: Tensor

    def __call__(self, h: Tensor) -> Tensor:
        """Normalised outputs."""
        return ((h - self.mean) / self.scale()).clamp(-LIMIT, LIMIT)

    def scale(self) -> Tensor:
        """What outputs are divided by (O,). Channels differ by 2**SCALE_MAX at most."""
        least = self.deviation.max() * 2.0**-SCALE_MAX
        return _power_of_two(self.deviation.clamp(min=least) / MAGNITUDE)

    def train(self, h: Tensor, step: int) -> Tensor:
        """Normalised outputs of a batch, which count from the next batch on."""
        outputs = h.flatten(0, -2)
        mean = outputs.mean(dim=0)
        if step == 0:
            self.mean, self.deviation = mean, (outputs - mean).abs().mean(dim=0)
        x, deviation = self(h), (outputs - self.mean).abs().mean(dim=0)
        self.mean = _running(self.mean, mean)
        self.deviation = _running(self.deviation, deviation)
        return x


class FloatSize:
    """Running mean square of each channel's gradient (I, O)."""

    power: Tensor

    def divide(self, gradient: Tensor, step: int) -> Tensor:
        """The gradient, relative to the size of those before; it counts from the next step on.

        One of zero does not count.
        """
        power = gradient.square().mean(dim=0)
        if step == 0:
            self.power = power
        self.power = torch.where(self.power > 0, self.power, power)
        size = _power_of_two(self.power.sqrt())
        self.power = torch.where(power > 0, _running(self.power, power), self.power)
        return gradient / size


def _running(old: Tensor, new: Tensor) -> Tensor:
    return old + (new - old) * 2.0**-MEMORY


def _power_of_two(size: Tensor) -> Tensor:
    """The one with the nearest logarithm."""
    return size.clamp(min=torch.finfo(size.dtype).tiny).log2().round().exp2()
