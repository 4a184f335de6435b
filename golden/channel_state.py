"""Channel state of a layer: statistics of its outputs and of its gradient."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.contract.channels import ChannelField
from lls_hw.golden.channel_step import GradientSize
from lls_hw.golden.normalisation import Normaliser

__all__ = ["ChannelState"]


class ChannelState:
    """Both statistics of a layer, from an array (O, 5) of `contract.channels.ChannelField`."""

    def __init__(self, state: NDArray[np.int32]) -> None:
        fields = torch.tensor(state, dtype=torch.int64).T
        self.outputs = Normaliser(*fields[: ChannelField.POWER])
        self.gradient = GradientSize(*fields[ChannelField.POWER :])

    def tensor(self) -> Tensor:
        """The state (O, 5)."""
        outputs, gradient = self.outputs, self.gradient
        fields = (
            outputs.mean, outputs.deviation, outputs.unit, gradient.power, gradient.size,
        )  # fmt: skip
        return torch.stack(fields, dim=1)
