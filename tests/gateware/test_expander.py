"""The error expander against golden.integer.delta, one error a cycle with changing shifts."""

import random

import torch

from lls_hw.contract import formats as f
from lls_hw.gateware.array.expander import Expander
from lls_hw.golden import integer
from tests.gateware.helpers import column, play

LATENCY = 2


def vectors():
    corners = [0, 1, -1, 127, 128, -128, 255, f.LATENT_MAX, -f.LATENT_MAX, -f.LATENT_MAX - 1]
    rng = random.Random(7)
    for shift in range(f.SHIFT_MAX + 1):
        tie = (1 << shift) >> 1
        for m in [*corners, tie, -tie, tie - 1, -tie - 1, 127 * tie, 255 * tie, -255 * tie]:
            yield max(-f.LATENT_MAX, min(f.LATENT_MAX, m)), shift, rng.randrange(2)
    for _ in range(300):
        magnitude = rng.randrange(1 << rng.randrange(18))
        yield rng.choice([-1, 1]) * magnitude, rng.randrange(20), rng.randrange(2)


def test_expander():
    cases = list(vectors())
    stimulus = [{"m": m, "shift": shift} for m, shift, _ in cases] + [{}] * LATENCY
    for cycle, (_, _, negative) in enumerate(cases, start=1):
        stimulus[cycle] = stimulus[cycle] | {"negative": negative}
    records = play(Expander(), stimulus, ["v"])
    m, shifts, negative = (torch.tensor(part) for part in zip(*cases, strict=True))
    expected = integer.delta(m[:, None], shifts, negative[:, None])[:, 0]
    assert column(records, "v", LATENCY, len(cases)) == expected.tolist()
