"""From a network trained in floating point to a state that a board can load and train further."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from lls_hw.contract import formats as f
from lls_hw.contract.basis import basis_shift, make_basis
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.trainer import Batch
from lls_hw.golden.calibration import float_channels, set_sizes, settle_units
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.integer import saturate
from lls_hw.golden.state import integer_model, state_of
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.layer_settings import WEIGHT_FRACTION
from lls_hw.network.network import Network, NetworkError

__all__ = ["pretrain", "quantised"]

BATCHES = 8
"""Training batches whose gradients give the first sizes."""


def pretrain(network: Network, batches: Iterable[tuple[int, Batch]], seed: int) -> FloatModel:
    """Trains the float rule from the seed's initial weights; each batch has its lr_shift.

    NetworkError if the network has a modulation, which `FloatModel` does not support.
    """
    if any(layer.modulation != "none" for layer in network.layers):
        raise NetworkError(
            f"Network {network.name!r} has a modulation, which floating-point training does not "
            "support; remove it or choose another network."
        )
    weights = [torch.tensor(w) / 2**WEIGHT_FRACTION for w in initial_weights(network, seed)]
    basis = torch.tensor(make_basis(network.basis, network.classes, network.widest))
    model = FloatModel(network, weights, basis / 2 ** basis_shift(network.basis))
    for lr_shift, (inputs, labels) in batches:
        model.train_step(torch.from_numpy(inputs), torch.from_numpy(labels).long(), lr_shift)
    return model


def quantised(
    model: FloatModel, inputs: NDArray[np.int8], labels: NDArray[np.uint8]
) -> TrainingState:
    """Weights in Q12, saturated, with the shifts that a training batch of these inputs leaves.

    Channel states have the float model's statistics of outputs, and sizes of the gradients of these
    samples.
    """
    network, batch = model.network, model.network.training.batch
    weights = [
        saturate(torch.round(w * 2**WEIGHT_FRACTION).long(), f.WEIGHT_MAX).numpy().astype(np.int16)
        for w in model.weights
    ]
    state = TrainingState(weights, initial_shifts(network), channels=float_channels(model, batch))
    integers = integer_model(network, state)
    x, y = torch.from_numpy(inputs), torch.from_numpy(labels)
    integers.calibrate(x)
    settle_units(integers)
    ends = range(batch, len(x) + 1, batch)
    set_sizes(integers, [(x[end - batch : end], y[end - batch : end]) for end in ends[:BATCHES]])
    return state_of(integers)
