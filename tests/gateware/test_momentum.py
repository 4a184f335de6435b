"""The weight update with momentum against golden.integer, one weight a cycle."""

import random

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.gateware.update.momentum import MomentumUpdate
from lls_hw.golden import integer
from tests.gateware.helpers import column, play
from tests.gateware.test_update import NOISE_AT, WEIGHT_AT, vectors

LATENCY = 8


@pytest.mark.parametrize("momentum_shift", range(f.MOMENTUM_SHIFT_MAX + 1))
@pytest.mark.parametrize("shift", [0, 1, 15, 24, 47])
def test_momentum_update(shift, momentum_shift):
    rng = random.Random(shift + momentum_shift)
    edges = [0, 1, -1, f.VELOCITY_MAX, -f.VELOCITY_MAX]
    span = 1 << rng.randrange(1, 31)
    cases = [(*case, rng.choice([*edges, rng.randrange(-span, span)])) for case in vectors(shift)]
    stimulus = [{"gradient": g} for g, *_ in cases] + [{}] * LATENCY
    stimulus[0] |= {"shift": shift, "momentum_shift": momentum_shift}
    for cycle, (_, noise, weight, velocity) in enumerate(cases):
        stimulus[cycle + NOISE_AT] = stimulus[cycle + NOISE_AT] | {"noise": noise}
        at_weight = stimulus[cycle + WEIGHT_AT]
        stimulus[cycle + WEIGHT_AT] = at_weight | {"weight": weight, "velocity": velocity}
    records = play(MomentumUpdate(), stimulus, ["result", "kept"])
    gradient, noise, weight, velocity = (torch.tensor(part) for part in zip(*cases, strict=True))
    expected = integer.momentum_update(weight, velocity, gradient, shift, noise, momentum_shift)
    assert column(records, "result", LATENCY, len(cases)) == expected[0].tolist()
    assert column(records, "kept", LATENCY, len(cases)) == expected[1].tolist()
