"""Wide outputs and their normalisation against the golden model."""

import random

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.channels import FRACTION, MEAN_MAX, SCALE_MAX
from lls_hw.gateware.array.activation import Activation
from lls_hw.gateware.array.cells import CellSums
from lls_hw.gateware.array.normaliser import Normaliser
from lls_hw.golden.normalisation import normalise, wide_activation, wide_average
from tests.gateware.helpers import play


def t(values):
    return torch.tensor(values, dtype=torch.int64)


def test_normaliser():
    """x follows v by four cycles; scale and mean are taken two cycles after v."""
    rng = random.Random(0)
    corners = [0, 1, -1, 2047, -2048, 1016, -1016]
    means = [0, MEAN_MAX, -MEAN_MAX, 1 << FRACTION - 1, -(1 << FRACTION - 1), -1, 1]
    cases = [(v, s, m) for v in corners for s in range(SCALE_MAX + 1) for m in means]
    cases += [
        (rng.randrange(-2048, 2048), rng.randrange(8), rng.randrange(-MEAN_MAX, MEAN_MAX))
        for _ in range(500)
    ]
    stimulus = [{"v": v} for v, _, _ in cases] + [{"v": 0}] * 4
    for cycle, (_, scale, mean) in enumerate(cases):
        stimulus[cycle + 2] |= {"scale": scale, "mean": mean >> FRACTION - 1}
    records = play(Normaliser(), stimulus, ["x"])
    v, scale, mean = (t(part) for part in zip(*cases, strict=True))
    expected = normalise(v, scale, mean).tolist()
    assert [record["x"] for record in records[4:]] == expected


@pytest.mark.parametrize("shift", [0, 1, 4, 11, 12, 20, 31])
def test_wide_activation(shift):
    rng = random.Random(shift)
    most = (1 << f.ACC_BITS - 1) - 1
    values = [0, 1, -1, most, -most - 1]
    values += [
        sign * (near << shift) + d for sign in (1, -1) for near in (127, 128) for d in (0, -1, 1)
    ]
    values += [rng.randrange(-(256 << shift), 256 << shift) for _ in range(300)]
    values = [max(-most - 1, min(most, value)) for value in values]
    stimulus = [{"z": z, "shift": shift} for z in values] + [{"z": 0}] * 3
    plain = play(Activation(), stimulus, ["h", "negative", "latent"])
    records = play(Activation(wide=True), stimulus, ["h", "negative", "latent", "wide"])
    assert [record["wide"] for record in records[3:]] == wide_activation(t(values), shift).tolist()
    for record, other in zip(records, plain, strict=True):
        assert {name: record[name] for name in other} == other


@pytest.mark.parametrize("shift", [0, 2, 4, 15])
def test_wide_average(shift):
    rng = random.Random(shift)
    size = min(f.LATENT_MAX, 300 << shift)
    values = [0, 1, -1, size, -size, *(rng.randrange(-size, size + 1) for _ in range(200))]
    stimulus = [{"value": v, "first": 1, "enable": 1, "shift": shift} for v in values] + [{}] * 3
    records = play(CellSums(wide=True), stimulus, ["wide", "average"])
    assert [record["wide"] for record in records[3:]] == wide_average(t(values), shift).tolist()
    plain = play(CellSums(), stimulus, ["average"])
    assert [r["average"] for r in records] == [r["average"] for r in plain]
