"""Error scale and layer state against golden.integer's shifts."""

import random

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.config import preset
from lls_hw.gateware.layer_state import LayerState
from lls_hw.gateware.scale import ErrorScale
from lls_hw.golden import integer
from tests.gateware.helpers import play

TINY = preset("tiny")


def test_error_shifts():
    """Exponents and levels of two layers, as the local update unit delivers them."""
    rng = random.Random(1)
    samples, layers = 7, (0, 5)
    stimulus, expected = [], []
    for layer in layers:
        exponents = [rng.randrange(15, 39) for _ in range(samples)]
        m = [rng.choice([-1, 1]) * rng.randrange(1 << rng.randrange(18)) for _ in range(samples)]
        shifts, level = integer.error_shifts(torch.tensor(m)[:, None], torch.tensor(exponents))
        for n, exponent in enumerate(exponents):
            address = layer * TINY.max_batch + n
            stimulus.append(
                {"exponent_enable": 1, "exponent_addr": address, "exponent_data": exponent}
            )
        stimulus.append(
            {"exponent_enable": 0, "level_enable": 1, "level_layer": layer, "level_data": level}
        )
        stimulus.append({"level_enable": 0})
        expected.append((shifts.tolist(), level))
    reads = len(stimulus)
    for layer in layers:
        stimulus += [{"layer": layer}] * 2 + [{"sample": n} for n in range(samples)] + [{}] * 3
    records = play(ErrorScale(TINY), stimulus, ["shift", "level"])
    for k, (shifts, level) in enumerate(expected):
        first = reads + k * (samples + 5) + 2
        assert [records[first + n + 3]["shift"] for n in range(samples)] == shifts
        assert records[first]["level"] == level


def test_largest_error_shift():
    """A shift beyond SHIFT_MAX is SHIFT_MAX: level 2 with exponents up to 38."""
    exponents = [34, 35, 36, 37, 38]
    stimulus = [
        {"exponent_enable": 1, "exponent_addr": n, "exponent_data": exponent}
        for n, exponent in enumerate(exponents)
    ]
    stimulus += [{"exponent_enable": 0, "level_enable": 1, "level_data": 2}, {}]
    stimulus += [{"sample": n} for n in range(5)] + [{}] * 3
    records = play(ErrorScale(TINY), stimulus, ["shift"])
    m = torch.tensor([[f.LATENT_MAX], [0], [0], [0], [0], [0]])
    shifts, level = integer.error_shifts(m, torch.tensor([15, *exponents]))
    assert level == 2
    assert [record["shift"] for record in records[10:15]] == shifts[1:].tolist()


def state(stimulus):
    return play(LayerState(TINY), stimulus, ["act_shift", "update_shift", "host_shift"])


@pytest.mark.parametrize("headroom", [0, 1, 3])
@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 25, 38, 39])
def test_next_shift(length, headroom):
    """A training batch sets the shift of the next one; other layers keep theirs."""
    operation = {"layer": 2, "headroom": headroom}
    magnitude = (1 << length) - 1
    stimulus = [{"host_enable": 1, "host_layer": k, "host_data": 20 + k} for k in range(4)]
    stimulus += [{"host_enable": 0, "operation": operation, "magnitude": magnitude}] + [{}] * 5
    stimulus += [{"learn": 1}, {"learn": 0}]
    stimulus += [{"host_layer": k} for k in range(4)] + [{}]
    records = state(stimulus)
    expected = [20, 21, integer.next_shift(length, headroom), 23]
    assert [record["host_shift"] for record in records[-4:]] == expected


@pytest.mark.parametrize("level", [-31, -8, 3])
@pytest.mark.parametrize("offset", [-20, 0, 11, 40])
def test_update_shift(level, offset):
    """The gradient sees the shift that its own forward pass used, not the next one."""
    forward = {"layer": 1, "headroom": 1, "update_offset": offset}
    stimulus = [
        {"host_enable": 1, "host_layer": 1, "host_data": 13},
        {"host_enable": 0, "operation": forward, "magnitude": (1 << 30) - 1, "level": level},
        {}, {}, {"forward": 1}, {"forward": 0}, {}, {"learn": 1}, {"learn": 0}, {}, {}, {}, {},
    ]  # fmt: skip
    records = state(stimulus)
    assert records[4]["act_shift"] == 13
    assert records[-1]["act_shift"] == integer.next_shift(30, 1)
    expected = min(max(offset + 13 - level, 0), f.UPDATE_SHIFT_MAX)
    assert records[-1]["update_shift"] == expected


def test_classifier_shifts():
    operation = {"layer": 1, "classifier": 1, "logit_shift": 9, "update_offset": 30}
    stimulus = [
        {"host_enable": 1, "host_layer": 1, "host_data": 13},
        {"host_enable": 0, "operation": operation, "level": -2}, {}, {}, {}, {}, {},
    ]  # fmt: skip
    records = state(stimulus)
    assert (records[-1]["act_shift"], records[-1]["update_shift"]) == (9, 32)
