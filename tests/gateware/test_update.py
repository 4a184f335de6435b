"""The weight update against golden.integer.update, one weight a cycle."""

import random

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.gateware.update.scaled_gradient import ScaledGradient
from lls_hw.gateware.update.update import Update
from lls_hw.golden import integer
from tests.gateware.helpers import column, play

LATENCY = 5
NOISE_AT, WEIGHT_AT = 2, 3
EDGE = (1 << f.PSUM_BITS - 1) - 1


def vectors(shift):
    """(gradient, noise, weight)."""
    rng = random.Random(shift)
    gradients = [0, 1, -1, EDGE, -EDGE - 1, (1 << shift) & EDGE, -(1 << shift) & EDGE, 3, -3]
    ends = [0, 1, 0x8000, 0xFFFF]
    weights = [0, f.WEIGHT_MAX, -f.WEIGHT_MAX]
    corners = [(g, n, w) for g in gradients for n in ends for w in weights]
    span = 1 << min(shift + 14, f.PSUM_BITS - 1)
    return corners + [
        (rng.randrange(-span, span), rng.randrange(1 << 16), rng.randrange(-32767, 32768))
        for _ in range(60)
    ]


@pytest.mark.parametrize("shift", [0, 1, 7, 8, 15, 16, 23, 31, 32, 40, 47])
def test_update(shift):
    cases = vectors(shift)
    stimulus = [{"gradient": g} for g, _, _ in cases] + [{}] * LATENCY
    stimulus[0] |= {"shift": shift}
    for cycle, (_, noise, weight) in enumerate(cases):
        stimulus[cycle + NOISE_AT] = stimulus[cycle + NOISE_AT] | {"noise": noise}
        stimulus[cycle + WEIGHT_AT] = stimulus[cycle + WEIGHT_AT] | {"weight": weight}
    records = play(Update(), stimulus, ["result"])
    gradient, noise, weight = (torch.tensor(part) for part in zip(*cases, strict=True))
    expected = integer.update(weight, gradient, shift, noise)
    assert column(records, "result", LATENCY, len(cases)) == expected.tolist()


@pytest.mark.parametrize("shift", [0, 1, 7, 8, 16, 31, 47])
def test_scaled_gradient(shift):
    """Sixteen fraction bits, rounded down, after 2 cycles."""
    gradients = sorted({gradient for gradient, _, _ in vectors(shift)})
    stimulus = [{"shift": shift, "gradient": gradient} for gradient in gradients] + [{}, {}]
    records = play(ScaledGradient(), stimulus, ["o"])
    assert column(records, "o", 2, len(gradients)) == [(g << 16) >> shift for g in gradients]
