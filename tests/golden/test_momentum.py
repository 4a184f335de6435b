"""Momentum: exact, against PyTorch's optimiser, and without effect where it is none."""

import numpy as np
import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.basis import make_basis
from lls_hw.golden.integer import momentum_update, update
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.random_networks import random_inputs
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Dense, Network, Training
from tests.golden import exact
from tests.golden.test_integer import rng, t

EDGE = 2**31 - 1


@pytest.mark.parametrize("momentum_shift", range(f.MOMENTUM_SHIFT_MAX + 1))
def test_exact(momentum_shift):
    r = rng(momentum_shift)
    gradients = [0, 1, -1, EDGE, -EDGE - 1, *r.integers(-(2**24), 2**24, 20).tolist()]
    velocities = [0, 1, -1, f.VELOCITY_MAX, -f.VELOCITY_MAX, *r.integers(-(2**24), 2**24, 20)]
    for shift in (-5, 0, 7, 20, 47, 60):
        for w in (0, f.WEIGHT_MAX, -f.WEIGHT_MAX):
            cases = [
                (w, int(v), g, shift, int(r.integers(0, 2**16)), momentum_shift)
                for v in velocities
                for g in gradients
            ]
            weights, v, g, _, noise, _ = (t(part) for part in zip(*cases, strict=True))
            found = momentum_update(weights, v, g, shift, noise, momentum_shift)
            pairs = zip(*(part.tolist() for part in found), strict=True)
            assert list(pairs) == [exact.momentum_update(*case) for case in cases]


def test_forgetting_all_is_no_momentum():
    """Also where the velocity saturates."""
    r = rng(1)
    w, g = t(r.integers(-32767, 32768, 500)), t(r.integers(-(2**31), 2**31, 500))
    noise = t(r.integers(0, 2**16, 500))
    for velocity in (0, 12345, -99999):
        for shift in (0, 3, 12):
            moved, _ = momentum_update(w, torch.full_like(w, velocity), g, shift, noise, 0)
            assert torch.equal(moved, update(w, g, shift, noise))


@pytest.mark.parametrize("momentum_shift", [1, 2, 3, 7])
def test_steps_are_those_of_sgd_with_momentum(momentum_shift):
    """Velocities stay within what rounding adds up to; weights within that and the noise."""
    r, count, steps, shift = rng(2), 64, 40, 10
    w = v = torch.zeros(count, dtype=torch.int64)
    real = torch.zeros(count, dtype=torch.float64, requires_grad=True)
    sgd = torch.optim.SGD([real], lr=1.0, momentum=1 - 2.0**-momentum_shift)
    slip = 2.0**momentum_shift / 2**16  # floors of decay and gradient, which oppose each other
    for step in range(1, steps + 1):
        g = t(r.integers(-(2**14), 2**14, count))
        noise = t(r.integers(0, 2**16, count))
        w, v = momentum_update(w, v, g, shift, noise, momentum_shift)
        real.grad = g.double() / 2**shift
        sgd.step()
        buffer = sgd.state[real]["momentum_buffer"]
        assert (v / 2**16 - buffer).abs().max() <= slip
        assert (w - real).abs().max() <= step * (1 + slip)


def test_a_model_without_momentum_keeps_its_velocities_and_with_it_differs():
    weights = {}
    for momentum_shift in (0, 2):
        training = Training(momentum_shift=momentum_shift)
        network = Network("n", (1, 1, 6), (Dense(5), Dense(3)), training)
        model = IntegerModel(
            initial_weights(network, 0), layer_settings(network, 4, 1), initial_shifts(network),
            make_basis("square", 3, 5),
        )  # fmt: skip
        r = np.random.default_rng(3)
        for _ in range(3):
            x = torch.tensor(random_inputs("random", r, (4, 6)))
            model.train_step(x, torch.tensor([0, 1, 2, 0]))
        weights[momentum_shift] = model.weights
        assert all(v.any() == (momentum_shift > 0) for v in model.velocities)
    assert all(not torch.equal(a, b) for a, b in zip(weights[0], weights[2], strict=True))
