"""Parts of the gathering and of the scattering pass, exact and cycle by cycle."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.formats import ERROR_MAX, LATENT_BITS
from lls_hw.contract.timing_local import scatter_drain, walk_cycles
from lls_hw.gateware.local.fetch import FetchArbiter
from lls_hw.gateware.local.gather.latent_walk import LatentWalk
from lls_hw.gateware.local.gather.score_writer import ScoreWriter
from lls_hw.gateware.local.gather.square_sum import SquareSum
from lls_hw.gateware.local.gather.walk import GatherWalk
from lls_hw.gateware.local.scatter.lane_choice import LaneChoice
from lls_hw.gateware.local.scatter.level import Level
from lls_hw.gateware.local.scatter.padded_walk import PaddedWalk
from lls_hw.gateware.local.scatter.walk import ScatterWalk
from tests.gateware.helpers import column, play

CONFIG = replace(preset("tiny"), lanes=4)
COLS, LANES = CONFIG.cols, CONFIG.lanes
SHAPES = [(1, 1), (1, 4), (1, 9), (4, 3), (16, 1), (4, 8)]
"""Cells and channels."""


def command(cells, channels, *, spare=0, classes=10, classifier=0, stride=0):
    """Inputs of a command for latents of that shape."""
    tiles = -(-channels // COLS) + spare
    fields = {
        "classifier": classifier, "classes": classes, "basis_stride": stride,
        "channels": channels, "length": cells * channels, "tiles": tiles, "words": cells * tiles,
    }  # fmt: skip
    return {f"command.{name}": value for name, value in fields.items()}


def places(base, cells, channels, spare=0):
    """Word and column of each latent."""
    tiles = -(-channels // COLS) + spare
    return [
        (base + cell * tiles + channel // COLS, channel % COLS)
        for cell in range(cells)
        for channel in range(channels)
    ]


@pytest.mark.parametrize(("cells", "channels"), SHAPES)
def test_latent_walk(cells, channels):
    """Twice around; between two steps it waits."""
    expected = places(5, cells, channels)
    stimulus = [command(cells, channels) | {"base": 5}, {"load": 1}, {"load": 0, "base": 99}]
    for _ in range(2 * len(expected)):
        stimulus += [{"step": 1}, {"step": 0}]
    records = play(LatentWalk(CONFIG), stimulus, ["addr", "bank", "first", "last"])[3::2]
    assert [(r["addr"], r["bank"]) for r in records] == 2 * expected
    ends = [k % len(expected) for k in range(2 * len(expected))]
    assert [r["first"] for r in records] == [k == 0 for k in ends]
    assert [r["last"] for r in records] == [k == len(expected) - 1 for k in ends]


@pytest.mark.parametrize("classes", [2, 4, 5, 12])
@pytest.mark.parametrize("classifier", [0, 1])
def test_gather_walk(classes, classifier):
    """All groups with their pauses; two samples back to back."""
    shape = (1, classes) if classifier else (4, 3)
    length, stride = shape[0] * shape[1], 20
    walk = walk_cycles(CONFIG, classifier=bool(classifier), length=length, classes=classes)
    groups = 1 if classifier else -(-classes // LANES)
    stimulus = [command(*shape, classes=classes, classifier=classifier, stride=stride)]
    stimulus += [{}]
    for base in (7, 30):
        stimulus += [{"start": 1, "base": base}, {"start": 0, "base": 0}] + [{}] * (walk - 1)
    outputs = ["fetch.enable", "fetch.addr", "fetch.bank", "fetch.basis_addr", "tag", "released"]
    records = play(GatherWalk(CONFIG), stimulus, outputs)[2:]
    for base, sample in ((7, records[: walk + 1]), (30, records[walk + 1 :])):
        expected = {}
        for group in range(groups):
            for t, place in enumerate(places(base, *shape)):
                at = 1 + group * (length + LANES) + t
                expected[at] = (*place, group * stride + t, t == 0, t == length - 1, group == 0)
        found = {
            t: (
                r["fetch.addr"], r["fetch.bank"], r["fetch.basis_addr"],
                r["tag"].first, r["tag"].last, r["tag"].square,
            )
            for t, r in enumerate(sample)
            if r["fetch.enable"]
        }  # fmt: skip
        assert found == expected
        assert [r["tag"].valid for r in sample] == [t in expected for t in range(walk + 1)]
        assert [t for t, r in enumerate(sample) if r["released"]] == [walk]


def test_square_sum():
    rng = random.Random(1)
    low = -(1 << LATENT_BITS - 1)
    values = [low, low, -low - 1, 0, 3] + [rng.randrange(low, -low) for _ in range(20)]
    starts = {0, 1, 5, 17}
    stimulus = [{"latent": v, "first": k in starts, "add": 1} for k, v in enumerate(values)]
    stimulus += [{"latent": 77, "add": 0}] + [{}] * SquareSum.LATENCY
    found = column(
        play(SquareSum(), stimulus, ["total"]), "total", SquareSum.LATENCY, len(values) + 1
    )
    total, expected = 0, []
    for k, value in enumerate(values):
        total = value**2 + (0 if k in starts else total)
        expected.append(total)
    assert SquareSum.LATENCY == 3
    assert found == [*expected, total]


@pytest.mark.parametrize("classes", [2, 4, 6])
def test_score_writer_of_a_layer(classes):
    """Groups of four; the last one ends with the classes."""
    groups = [range(k, min(k + LANES, classes)) for k in range(0, classes, LANES)]
    stimulus = [command(1, 3, classes=classes), {}, {"start": 1}, {"start": 0}]
    expected, total = {}, 100
    for group in groups:
        stimulus += [{"group_end": 1}, {"group_end": 0, "total": total}]
        for k in group:
            expected[len(stimulus) - 1] = (k, total)
            total += 1
            stimulus.append({"total": total})
        stimulus.append({})
    outputs = ["scores.enable", "scores.addr", "scores.data", "shift", "busy"]
    records = play(ScoreWriter(CONFIG), stimulus, outputs)
    found = {
        t: (r["scores.addr"], r["scores.data"]) for t, r in enumerate(records) if r["scores.enable"]
    }
    assert found == expected
    assert [t for t, r in enumerate(records) if r["shift"]] == list(expected)
    assert [t for t, r in enumerate(records) if r["busy"]] == list(range(3, max(expected)))


def test_score_writer_of_a_classifier():
    stimulus = [command(1, 3, classes=3, classifier=1), {}, {"start": 1}, {"start": 0}]
    stimulus += [{"latent_valid": 1, "latent": -5}, {"latent": 6}, {"latent": 7}]
    stimulus += [{"latent_valid": 0}, {}]
    outputs = ["scores.enable", "scores.addr", "scores.data", "busy"]
    records = play(ScoreWriter(CONFIG), stimulus, outputs)
    written = [(r["scores.addr"], r["scores.data"]) for r in records if r["scores.enable"]]
    assert written == [(0, -5), (1, 6), (2, 7)]
    assert [t for t, r in enumerate(records) if r["busy"]] == [3, 4, 5]


def padded(base, cells, channels, spare):
    """Word, column, latent and padding of each place."""
    tiles = -(-channels // COLS) + spare
    latent = 0
    for cell in range(cells):
        for place in range(tiles * COLS):
            pad = place >= channels
            yield base + cell * tiles + place // COLS, place % COLS, latent, pad
            latent += not pad


@pytest.mark.parametrize("spare", [0, 1])
@pytest.mark.parametrize(("cells", "channels"), SHAPES)
def test_padded_walk(cells, channels, spare):
    expected = list(padded(5, cells, channels, spare))
    stimulus = [command(cells, channels, spare=spare) | {"base": 5, "clear": 1}, {}]
    stimulus += [{"clear": 0, "step": 1}] + [{}] * (len(expected) - 1)
    outputs = ["addr", "bank", "latent", "pad", "last", "following"]
    records = play(PaddedWalk(CONFIG), stimulus, outputs)[2:]
    assert [(r["addr"], r["bank"], r["latent"], r["pad"]) for r in records] == expected
    assert [r["last"] for r in records] == [0] * (len(expected) - 1) + [1]
    assert all(r["following"] == r["latent"] + (not r["pad"]) for r in records)


@pytest.mark.parametrize(("classes", "classifier"), [(3, 0), (4, 0), (10, 0), (10, 1)])
def test_scatter_walk(classes, classifier):
    """All groups of each latent; padding and a classifier's latents take one cycle."""
    cells, channels, stride, base = (1, classes, 0, 3) if classifier else (4, 3, 20, 3)
    groups = 1 if classifier else -(-classes // LANES)
    expected = []
    for addr, bank, latent, pad in padded(base, cells, channels, 0):
        for group in range(1 if pad else groups):
            own = latent // LANES if classifier else group
            ends = (group == 0, pad or group == groups - 1, pad)
            expected.append((addr, bank, latent + group * stride, *ends, own))
    drain = scatter_drain(CONFIG)
    stimulus = [command(cells, channels, classes=classes, classifier=classifier, stride=stride)]
    stimulus += [{"control.base": base}, {"control.start": 1}, {"control.start": 0}]
    stimulus += [{}] * (len(expected) + drain)
    outputs = [
        "fetch.enable", "fetch.addr", "fetch.bank", "fetch.basis_addr", "tag", "idle", "done",
        "control.busy",
    ]  # fmt: skip
    records = play(ScatterWalk(CONFIG), stimulus, outputs)[2:]
    walk = records[1 : 1 + len(expected)]
    found = [
        (
            r["fetch.addr"], r["fetch.bank"], r["fetch.basis_addr"],
            r["tag"].first, r["tag"].last, r["tag"].pad, r["tag"].group,
        )
        for r in walk
    ]  # fmt: skip
    assert found == expected
    if classifier:
        lanes = [latent % LANES for *_, latent, _ in padded(base, cells, channels, 0)]
        assert [r["tag"].lane for r in walk] == lanes
    else:
        final = [r["tag"].final_group for r, e in zip(walk, expected, strict=True) if not e[5]]
        assert final == [e[6] == groups - 1 for e in expected if not e[5]]
    end = len(expected) + drain
    assert [t for t, r in enumerate(records) if r["fetch.enable"]] == list(range(1, 1 + len(walk)))
    assert [t for t, r in enumerate(records) if r["done"]] == [end]
    assert [t for t, r in enumerate(records) if r["control.busy"]] == list(range(1, end))
    assert [t for t, r in enumerate(records) if r["idle"]] == [0, end + 1]


def test_lane_choice():
    """Six classes in lanes of four: the second group has two."""
    tags = [
        ({"group": 0, "final_group": 0}, 0, (0, 0b1111)),
        ({"group": 1, "final_group": 1}, 0, (1, 0b0011)),
        ({"group": 1, "final_group": 1, "lane": 1}, 1, (1, 0b0010)),
        ({"group": 0, "final_group": 0, "lane": 3}, 1, (0, 0b1000)),
    ]
    stimulus = [{"classes": 6}] + [{"tag": tag, "classifier": c} for tag, c, _ in tags]
    records = play(LaneChoice(CONFIG), stimulus, ["lanes.group", "lanes.mask"])[1:]
    assert [(r["lanes.group"], r["lanes.mask"]) for r in records] == [e for *_, e in tags]


def test_level():
    """Two batches of random errors, the second one smaller; the exponents differ."""
    rng = random.Random(3)
    stimulus, expected = [], {}
    for high, layer in ((1 << LATENT_BITS - 1, 5), (200, 2)):
        stimulus.append({"first": 1, "layer": layer})
        levels = []
        for _ in range(4):
            errors = [rng.randrange(-high, high) for _ in range(3)] + [-high]
            exponent = rng.randrange(15, 38)
            stimulus += [{"first": 0, "sample_end": 0}]
            stimulus += [{"valid": 1, "error": error} for error in errors]
            # What is not valid does not count.
            stimulus += [{"valid": 0, "error": 1 << 16}] + [{}] * (Level.LATENCY - 1)
            stimulus += [{"sample_end": 1, "exponent": exponent}]
            most = max(max(error, ~error) for error in errors)
            levels.append(max(most, ERROR_MAX).bit_length() - exponent)
        expected[len(stimulus)] = (layer, max(levels))
        stimulus += [{"sample_end": 0, "batch_end": 1}, {"batch_end": 0}]
    outputs = ["levels.enable", "levels.addr", "levels.data"]
    records = play(Level(CONFIG), stimulus, outputs)
    found = {
        t: (r["levels.addr"], r["levels.data"]) for t, r in enumerate(records) if r["levels.enable"]
    }
    assert found == expected


def test_fetch_arbiter():
    """Scatter goes first; its flag comes with its data; the basis address is a register later."""
    latency = FetchArbiter.LATENCY
    stimulus = [
        {
            "gather.addr": t, "gather.bank": t % COLS, "gather.basis_addr": 100 + t,
            "scatter.addr": 50 + t, "scatter.bank": ~t % COLS, "scatter.basis_addr": 200 + t,
            "scatter.enable": int(t in (2, 3, 7)), "gather.enable": int(t not in (2, 3, 7)),
            "latents.data": -t, "basis.data": 0b10_01_11_00 if t % 2 else 0,
        }
        for t in range(12)
    ]  # fmt: skip
    outputs = [
        "latents.addr", "latents.bank", "basis.addr", "fetched.latent", "fetched.basis",
        "fetched.scatter",
    ]  # fmt: skip
    records = play(FetchArbiter(CONFIG), stimulus, outputs)
    for t, r in enumerate(records):
        pass_ = "scatter" if t in (2, 3, 7) else "gather"
        assert r["latents.addr"] == stimulus[t][f"{pass_}.addr"]
        assert r["latents.bank"] == stimulus[t][f"{pass_}.bank"]
        if t:
            asked = "scatter" if t - 1 in (2, 3, 7) else "gather"
            assert r["basis.addr"] == stimulus[t - 1][f"{asked}.basis_addr"]
        assert r["fetched.latent"] == -t
        assert list(r["fetched.basis"]) == ([0, -1, 1, -2] if t % 2 else [0] * 4)
        assert r["fetched.scatter"] == (t - latency in (2, 3, 7))
