"""The golden model of a board's training state, and that state of the model."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.contract.basis import make_basis
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.state_check import checked_state
from lls_hw.golden.model import IntegerModel
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Network

__all__ = ["integer_model", "state_of"]


def integer_model(
    network: Network,
    state: TrainingState,
    batch: int | None = None,
    device: torch.device | str = "cpu",
) -> IntegerModel:
    """The golden model with the state of a board; InputError if it is none of the network."""
    settings = layer_settings(
        network, batch or network.training.batch, network.training.lr_shifts[0]
    )
    state = checked_state(network, state)
    return IntegerModel(
        state.weights,
        settings,
        state.shifts,
        make_basis(network.basis, network.classes, network.widest),
        state.step,
        state.modulations,
        state.velocities,
        state.channels,
        network.votes,
        device,
    )


def state_of(model: IntegerModel, meta: dict[str, object] | None = None) -> TrainingState:
    """The golden model's state, as a board has it."""
    modulated = any(len(entries) for entries in model.modulations)
    moving = any(setting.momentum_shift for setting in model.settings)
    return TrainingState(
        [_array(w).astype(np.int16) for w in model.weights],
        list(model.shifts),
        model.step,
        meta or {},
        [_array(m).astype(np.int16) for m in model.modulations if modulated],
        [_array(v).astype(np.int32) for v in model.velocities if moving],
        [_array(state.tensor()).astype(np.int32) for state in model.channels],
    )


def _array(tensor: Tensor) -> NDArray[np.int64]:
    return tensor.cpu().numpy()
