"""Error scale and layer state against golden.integer's shifts."""

import random

import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.config import preset
from lls_hw.gateware.layer_state import LayerState
from lls_hw.gateware.next_shift import NextShift
from lls_hw.gateware.scale import ErrorScale
from lls_hw.gateware.update_shift import UpdateShift
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
                {"exponents.enable": 1, "exponents.addr": address, "exponents.data": exponent}
            )
        stimulus.append(
            {
                "exponents.enable": 0,
                "levels.enable": 1,
                "levels.addr": layer,
                "levels.data": int(level),
            }
        )
        stimulus.append({"levels.enable": 0})
        expected.append((shifts.tolist(), int(level)))
    reads = len(stimulus)
    for layer in layers:
        stimulus += [{"layer": layer}] * 2 + [{"read.sample": n} for n in range(samples)] + [{}] * 3
    records = play(ErrorScale(TINY), stimulus, ["read.shift", "level"])
    for k, (shifts, level) in enumerate(expected):
        first = reads + k * (samples + 5) + 2
        assert [records[first + n + 3]["read.shift"] for n in range(samples)] == shifts
        assert records[first]["level"] == level


def test_largest_error_shift():
    """A shift beyond SHIFT_MAX is SHIFT_MAX: level 2 with exponents up to 38."""
    exponents = [34, 35, 36, 37, 38]
    stimulus = [
        {"exponents.enable": 1, "exponents.addr": n, "exponents.data": exponent}
        for n, exponent in enumerate(exponents)
    ]
    stimulus += [{"exponents.enable": 0, "levels.enable": 1, "levels.data": 2}, {}]
    stimulus += [{"read.sample": n} for n in range(5)] + [{}] * 3
    records = play(ErrorScale(TINY), stimulus, ["read.shift"])
    m = torch.tensor([[f.LATENT_MAX], [0], [0], [0], [0], [0]])
    shifts, level = integer.error_shifts(m, torch.tensor([15, *exponents]))
    assert level == 2
    assert [record["read.shift"] for record in records[10:15]] == shifts[1:].tolist()


def state(stimulus):
    return play(LayerState(TINY), stimulus, ["act_shift", "update_shift", "host_read.data"])


@pytest.mark.parametrize("headroom", [0, 1, 3])
@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 25, 38, 39])
def test_next_shift(length, headroom):
    """A training batch sets the shift of the next one; other layers keep theirs."""
    operation = {"layer": 2, "headroom": headroom}
    magnitude = (1 << length) - 1
    stimulus = [{"host.valid": 1, "host.payload": {"addr": k, "data": 20 + k}} for k in range(4)]
    stimulus += [{"host.valid": 0, "operation": operation, "magnitude": magnitude}] + [{}] * 5
    stimulus += [{"learn": 1}, {"learn": 0}]
    stimulus += [{"host_read.addr": k} for k in range(4)] + [{}]
    records = state(stimulus)
    expected = [20, 21, integer.next_shift(length, headroom), 23]
    assert [record["host_read.data"] for record in records[-4:]] == expected


@pytest.mark.parametrize("level", [-31, -8, 3])
@pytest.mark.parametrize("offset", [-20, 0, 11, 40])
def test_update_shift(level, offset):
    """The gradient sees the shift that its own forward pass used, not the next one."""
    forward = {"layer": 1, "headroom": 1, "update_offset": offset}
    stimulus = [
        {"host.valid": 1, "host.payload": {"addr": 1, "data": 13}},
        {"host.valid": 0, "operation": forward, "magnitude": (1 << 30) - 1, "level": level},
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
        {"host.valid": 1, "host.payload": {"addr": 1, "data": 13}},
        {"host.valid": 0, "operation": operation, "level": -2}, {}, {}, {}, {}, {},
    ]  # fmt: skip
    records = state(stimulus)
    assert (records[-1]["act_shift"], records[-1]["update_shift"]) == (9, 32)


def test_every_next_shift():
    """A new magnitude in each cycle; any headroom."""
    cases = [(length, headroom) for length in range(f.MAGNITUDE_BITS + 1) for headroom in range(8)]
    rng = random.Random(2)
    stimulus = []
    for length, headroom in cases:
        magnitude = (1 << length >> 1) | rng.randrange(1 << max(length - 1, 0))
        stimulus.append({"magnitude": magnitude, "headroom": headroom})
    # `headroom` is a setting, taken one cycle after the magnitude.
    for k in reversed(range(1, len(stimulus))):
        stimulus[k]["headroom"] = stimulus[k - 1]["headroom"]
    stimulus += [{"headroom": cases[-1][1]}] + [{}] * NextShift.LATENCY
    shifts = [record["shift"] for record in play(NextShift(), stimulus, ["shift"])]
    expected = [integer.next_shift(length, headroom) for length, headroom in cases]
    assert shifts[NextShift.LATENCY :][: len(cases)] == expected


def test_update_shifts_one_a_cycle():
    rng = random.Random(4)
    cases = [
        (rng.randrange(-128, 128), rng.randrange(32), rng.randrange(-64, 64)) for _ in range(300)
    ]
    cases += [(-128, 0, 63), (127, 31, -64), (0, 0, 0), (47, 0, 0), (47, 1, 0), (0, 0, 1)]
    names = ("offset", "act_shift", "level")
    stimulus = [dict(zip(names, case, strict=True)) for case in cases] + [{}] * UpdateShift.LATENCY
    shifts = [record["shift"] for record in play(UpdateShift(), stimulus, ["shift"])]
    expected = [min(max(o + a - level, 0), f.UPDATE_SHIFT_MAX) for o, a, level in cases]
    assert shifts[UpdateShift.LATENCY :] == expected
