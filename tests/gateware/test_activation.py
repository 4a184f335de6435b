"""The activation unit against golden.integer.activation, one accumulator a cycle."""

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.gateware.array.activation import Activation
from lls_hw.golden import integer
from tests.gateware.helpers import column, play

LATENCY = 3
EDGE = (1 << f.ACC_BITS - 1) - 1


def accumulators(shift):
    """Corners around zero, rounding ties, saturation and the ends of the range; then random."""
    half, top = (1 << shift) >> 1, f.ACT_MAX << shift
    corners = [0, 1, -1, 7, -7, 8, -8, EDGE, -EDGE - 1, half, -half, half - 1, top, top + half]
    corners += [-8 * half, -8 * half - 1, -8 * top, -8 * (top + half), 3 * half, -24 * half]
    generator = torch.Generator().manual_seed(shift)
    bits = torch.randint(1, f.ACC_BITS, (60,), generator=generator)
    random = (torch.rand(60, generator=generator) * 2 - 1).double() * 2.0**bits
    return [max(-EDGE - 1, min(EDGE, z)) for z in corners + random.long().tolist()]


def simulate(values, **settings):
    stimulus = [{"z": z, "valid": 1} for z in values]
    stimulus[0] |= settings
    stimulus += [{"valid": 0, "z": 5}] * LATENCY
    return play(Activation(), stimulus, ["h", "negative", "latent", "magnitude"])


@pytest.mark.parametrize("shift", [0, 1, 3, 7, 12, 20, 28, 31])
def test_activation(shift):
    values = accumulators(shift)
    records = simulate(values, shift=shift)
    h, negative, _ = integer.activation(torch.tensor([values]), shift)
    assert column(records, "h", LATENCY, len(values)) == h[0].tolist()
    assert column(records, "latent", LATENCY, len(values)) == h[0].tolist()
    assert column(records, "negative", LATENCY, len(values)) == negative[0].tolist()


@pytest.mark.parametrize("shift", [0, 5, 18, 31])
def test_linear(shift):
    values = accumulators(shift)
    records = simulate(values, shift=shift, linear=1)
    logits = integer.round_shift(torch.tensor(values), shift).clamp(-f.LATENT_MAX, f.LATENT_MAX)
    assert column(records, "latent", LATENCY, len(values)) == logits.tolist()


@pytest.mark.parametrize("values", [[0], [1], [-1], [-2], [100, -900], [EDGE], [-EDGE - 1]])
def test_magnitude(values):
    """The OR has the bit length that the golden model takes from the maximum."""
    records = simulate(values)
    length = integer.activation(torch.tensor([values]), 0)[2]
    assert records[-1]["magnitude"].bit_length() == length


def test_clear_and_invalid():
    """`clear` forgets; values that are not valid do not count."""
    stimulus = [
        {"z": 99, "valid": 1}, {"valid": 0, "z": 1 << 20}, {"clear": 1}, {"clear": 0},
        {"z": 3, "valid": 1}, {"valid": 0},
    ]  # fmt: skip
    magnitudes = column(play(Activation(), stimulus, ["magnitude"]), "magnitude", 0, 6)
    assert magnitudes == [0, 8 * 99, 8 * 99, 0, 0, 24]
