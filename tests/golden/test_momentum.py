"""Momentum, which is measured in software only."""

import numpy as np
import torch

from golden.integer import update
from golden.momentum import VELOCITY_MAX, momentum_update
from tests.golden.test_integer import rng, t


def test_forgetting_all_is_no_momentum():
    r = rng(1)
    w, g = t(r.integers(-32767, 32768, 500)), t(r.integers(-(2**24), 2**24, 500))
    noise = t(r.integers(0, 2**16, 500))
    for velocity in (0, 12345, -99999):
        moved, _ = momentum_update(w, torch.full_like(w, velocity), g, 12, noise, 0)
        assert torch.equal(moved, update(w, g, 12, noise))


def test_a_constant_gradient_is_multiplied():
    """Velocity approaches 2**s times the step, whatever its sign; it never leaves 32 bits."""
    for sign in (1, -1):
        w, v = t([0]), t([0])
        for _ in range(200):
            w, v = momentum_update(w, v, t([sign * 2**10]), 8, t([2**15]), 3)
        assert np.isclose(int(v), sign * 8 * 4 * 2**16, rtol=1e-3)
    _, v = momentum_update(t([0]), t([VELOCITY_MAX]), t([2**31 - 1]), 0, t([0]), 3)
    assert int(v) == VELOCITY_MAX
