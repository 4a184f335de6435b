"""Cell sums against a dictionary of sums, and the average against fractions."""

import random
from fractions import Fraction
from math import floor

import pytest

from lls_hw.contract.formats import ACT_MAX, LATENT_MAX
from lls_hw.gateware.array.cells import CellSums
from tests.gateware.helpers import play

AVERAGE_LATENCY = 3


def rounded(total, shift):
    """total / 2**shift, rounded half up, saturated."""
    return max(-ACT_MAX, min(ACT_MAX, floor(Fraction(total, 1 << shift) + Fraction(1, 2))))


def check(events, shift):
    """`total` one cycle, `average` three cycles after each event, enabled or not."""
    sums, expected = dict.fromkeys(range(16), 0), []
    for event in events:
        total = event["value"] + (0 if event["first"] else sums[event["cell"]])
        expected.append(total)
        if event["enable"]:
            sums[event["cell"]] = total
    events = [*events, *[{"enable": 0}] * AVERAGE_LATENCY]
    events[0] = {**events[0], "shift": shift}
    records = play(CellSums(), events, ["total", "average"])
    for t, total in enumerate(expected):
        assert records[t + 1]["total"] == total
        assert records[t + AVERAGE_LATENCY]["average"] == rounded(total, shift)


@pytest.mark.parametrize("shift", range(16))
def test_sums_and_averages(shift):
    """Random cells, repeated ones among them; new sums at random; pauses."""
    rng = random.Random(shift)
    size = min(LATENT_MAX, 300 << shift) // 32
    first = [
        {"value": rng.randrange(-size, size + 1), "cell": cell, "first": 1, "enable": 1}
        for cell in range(16)
    ]
    events = [
        {
            "value": rng.randrange(-size, size + 1),
            "cell": rng.choice([3, rng.randrange(16)]),
            "first": int(rng.random() < 0.15),
            "enable": int(rng.random() < 0.9),
        }
        for _ in range(200)
    ]  # fmt: skip
    check(first + events, shift)


@pytest.mark.parametrize("shift", [0, 1, 9, 10, 15])
def test_corners(shift):
    """Largest sums, halves, and the ends of saturation."""
    half, top = (1 << shift) >> 1, ACT_MAX << shift
    values = [LATENT_MAX, -LATENT_MAX, 0, 1, -1, half, -half, half - 1, -half - 1]
    values += [sign * (top + near) for sign in (1, -1) for near in (-half, half, half - 1, -1)]
    events = [
        {"value": max(-LATENT_MAX, min(LATENT_MAX, value)), "cell": 5, "first": 1, "enable": 1}
        for value in values
    ]
    check(events, shift)


def test_largest_cell():
    """1032 pixels of 127 back to back are the largest sum that is exact."""
    count = LATENT_MAX // ACT_MAX
    events = [{"value": ACT_MAX, "cell": 15, "first": int(k == 0), "enable": 1}
              for k in range(count)]  # fmt: skip
    assert ACT_MAX * count <= LATENT_MAX < ACT_MAX * (count + 1)
    check(events, 10)
