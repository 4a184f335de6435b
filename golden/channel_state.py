"""Channel state of a layer: statistics of its outputs and of its gradient."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.golden.channel_step import GradientSize
from lls_hw.golden.normalisation import Normaliser

__all__ = ["ChannelState"]


class ChannelState:
    """Both statistics of a layer, from an array (O, 5) of `contract.channels.ChannelField`."""

    def __init__(self, state: NDArray[np.int32], device: torch.device | str = "cpu") -> None:
        self.set_fields(torch.tensor(state, dtype=torch.int64, device=device).T.contiguous())

    def set_fields(self, fields: Iterable[Tensor]) -> None:
        """Takes all fields, (O,) each, in the order of `ChannelField`."""
        mean, deviation, unit, power, size = fields
        self.outputs = Normaliser(mean, deviation, unit)
        self.gradient = GradientSize(power, size)

    def fields(self) -> tuple[Tensor, ...]:
        """All fields, (O,) each, in the order of `ChannelField`."""
        outputs, gradient = self.outputs, self.gradient
        return outputs.mean, outputs.deviation, outputs.unit, gradient.power, gradient.size

    def tensor(self) -> Tensor:
        """The state (O, 5)."""
        return torch.stack(self.fields(), dim=1)
