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
    """Both statistics of a layer, from an array (O, 6) of `contract.channels.ChannelField`."""

    def __init__(self, state: NDArray[np.int32], device: torch.device | str = "cpu") -> None:
        self.set_fields(torch.tensor(state, dtype=torch.int64, device=device).T.contiguous())

    def set_fields(self, fields: Iterable[Tensor]) -> None:
        """Takes all fields, (O,) each, in the order of `ChannelField`."""
        mean, deviation, unit, power, size, seen = fields
        self.outputs = Normaliser(mean, deviation, unit)
        self.gradient = GradientSize(power, size, seen)

    def fields(self) -> tuple[Tensor, ...]:
        """All fields, (O,) each, in the order of `ChannelField`."""
        outputs, gradient = self.outputs, self.gradient
        own = outputs.mean, outputs.deviation, outputs.unit
        return *own, gradient.power, gradient.size, gradient.seen

    def tensor(self) -> Tensor:
        """The state (O, 6)."""
        return torch.stack(self.fields(), dim=1)
