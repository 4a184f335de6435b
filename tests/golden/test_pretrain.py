"""From float weights to a board's state."""

import numpy as np
import pytest
import torch

from lls_hw.contract.basis import square_basis
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.integer import activation, next_shift
from lls_hw.golden.maps import max_pool, patches
from lls_hw.golden.pretrain import pretrain, quantised
from lls_hw.golden.state import integer_model
from lls_hw.network.initial import initial_weights
from lls_hw.network.network import Conv, Dense, Network, NetworkError, Training

NETWORK = Network(
    "n", (1, 6, 6), (Conv(outputs=6, cells=2, pool=True), Dense(17, headroom=2), Dense(3)),
    Training(batch=4),
)  # fmt: skip
RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 3, 64).astype(np.uint8)
BRIGHT = np.arange(36) // 12 == LABELS[:, None]  # which third of the image
INPUTS = (RNG.integers(0, 64, (64, 36)) + 64 * BRIGHT).astype(np.int8)


@pytest.fixture(scope="module")
def model():
    batches = (
        (1, (INPUTS[k : k + 4], LABELS[k : k + 4])) for _ in range(5) for k in range(0, 64, 4)
    )
    return pretrain(NETWORK, batches, seed=2)


def test_pretraining_is_the_float_rule(model):
    weights = [w / 4096 for w in quantised(model, INPUTS, LABELS).weights]
    for w, real in zip(weights, model.weights, strict=True):
        assert np.abs(w - real.numpy()).max() <= 0.5 / 4096


def test_shifts_follow_the_data(model):
    """By hand: each layer's largest activation, given the shifts before it."""
    state = quantised(model, INPUTS, LABELS)
    assert state.step == 0 and len(state.shifts) == 3
    integers = integer_model(NETWORK, state)
    shape = NETWORK.geometry[0]
    z = patches(torch.from_numpy(INPUTS).long().reshape(-1, 6, 6, 1), shape) @ integers.weights[0]
    h, _, length = activation(z, state.shifts[0])
    assert state.shifts[0] == next_shift(length, 1)
    pooled = max_pool(h.reshape(-1, 6, 6, 6)).reshape(64, -1)
    _, _, length = activation(pooled @ integers.weights[1], state.shifts[1])
    assert state.shifts[1] == next_shift(length, 2)


def test_quantised_network_decides_as_the_float_one(model):
    x, labels = torch.from_numpy(INPUTS), torch.from_numpy(LABELS).long()
    real = model.infer(x, labels).prediction
    integers = integer_model(NETWORK, quantised(model, INPUTS, LABELS)).infer(x, labels).prediction
    assert (real == labels).double().mean() > 0.85
    assert (real == integers).double().mean() > 0.9


def test_weights_saturate():
    weights = [torch.full(shape, 100.0) for shape in NETWORK.shapes]
    model = FloatModel(NETWORK, weights, torch.tensor(square_basis(3, 24)))
    assert all((w == 32767).all() for w in quantised(model, INPUTS, LABELS).weights)


def test_modulations_are_left_alone():
    layers = (Dense(17, modulation="vector"), Dense(3))
    network = Network("m", (1, 6, 6), layers, Training(batch=4))
    weights = initial_weights(network, 0)
    integers = integer_model(network, TrainingState(weights, [3, 0]))
    before = [modulation.clone() for modulation in integers.modulations]
    integers.calibrate(torch.from_numpy(INPUTS))
    assert integers.shifts[0] > 3
    assert all((a == b).all() for a, b in zip(integers.modulations, before, strict=True))
    with pytest.raises(NetworkError, match="'m' has a modulation, which .* does not support"):
        pretrain(network, [], 0)
