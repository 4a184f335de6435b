"""Parts of the modulation, exact and cycle by cycle."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.formats import LATENT_MAX, WEIGHT_MAX
from lls_hw.contract.latency import UPDATE_LATENCY
from lls_hw.contract.timing_local import (
    BACKWARD_DRAIN,
    FORWARD_DRAIN,
    MODULATION_PRODUCT_CYCLES,
    modulation_walk,
)
from lls_hw.gateware.local.modulation.entries import ModulationEntries
from lls_hw.gateware.local.modulation.outputs import ModulationOutputs
from lls_hw.gateware.local.modulation.products import ModulationProducts
from lls_hw.gateware.local.modulation.walk import ModulationWalk
from lls_hw.gateware.update.update import Update
from tests.gateware.helpers import play

CONFIG = replace(preset("tiny"), modulation_depth=64)
VECTOR, MATRIX = 1, 2
CLASSES, BASE = 5, 7


def entries(modulation, backward):
    """(row, column, outer) in the order of the walk, and whether it begins or ends a sum."""
    classes = range(CLASSES)
    if modulation == VECTOR:
        return [(k, k, k, True, True) for k in classes]
    ends = [(inner == 0, inner == CLASSES - 1) for inner in classes]
    if backward:
        return [(i, j, i, *ends[j]) for i in classes for j in classes]
    return [(i, j, j, *ends[i]) for j in classes for i in classes]


@pytest.mark.parametrize("modulation", [VECTOR, MATRIX])
def test_walk(modulation):
    """Forward and backward, the one right after the other."""
    fields = {"modulation": modulation, "classes": CLASSES, "modulation_base": BASE}
    stimulus = [{f"command.{name}": value for name, value in fields.items()}, {}]
    count = modulation_walk(modulation, CLASSES)
    for direction in ("forward", "backward"):
        stimulus += [{direction: 1}, {direction: 0}] + [{}] * count
    records = play(ModulationWalk(CONFIG), stimulus, ["addr", "tag"])[2:]
    for backward in range(2):
        start = backward * (count + 2)
        run = records[start + 1 : start + 1 + count]
        assert not records[start]["tag"].valid
        assert not records[start + 1 + count]["tag"].valid
        expected = entries(modulation, backward)
        found = [(r["tag"].row, r["tag"].column, r["tag"].outer) for r in run]
        assert found == [e[:3] for e in expected]
        assert [(r["tag"].first, r["tag"].last) for r in run] == [e[3:] for e in expected]
        assert [r["tag"].final for r in run] == [0] * (count - 1) + [1]
        assert all(r["tag"].valid and r["tag"].backward == backward for r in run)
        stride = CLASSES if modulation == MATRIX else 0
        assert [r["addr"] for r in run] == [BASE + e[0] * stride + e[1] for e in expected]


@pytest.mark.parametrize("backward", [0, 1])
def test_products(backward):
    """Sums of a matrix, and the gradient of each entry."""
    rng = random.Random(backward)
    scores = [rng.randrange(-LATENT_MAX, LATENT_MAX + 1) for _ in range(CLASSES)]
    errors = [rng.randrange(-65535, 65536) for _ in range(CLASSES)]
    matrix = [[rng.randrange(-WEIGHT_MAX, WEIGHT_MAX) for _ in range(CLASSES)] for _ in scores]
    stimulus = [
        {
            "scores.enable": 1, "scores.addr": k, "scores.data": scores[k],
            "errors.enable": 1, "errors.addr": k, "errors.data": errors[k],
        }
        for k in range(CLASSES)
    ]  # fmt: skip
    stimulus.append({"scores.enable": 0, "errors.enable": 0})
    start, walk = len(stimulus), entries(MATRIX, backward)
    stimulus += [{} for _ in range(len(walk) + ModulationProducts.LATENCY)]
    for t, (row, column, outer, first, last) in enumerate(walk):
        tag = {"row": row, "column": column, "outer": outer, "first": first, "last": last}
        stimulus[start + t]["tag"] = tag | {"valid": 1, "backward": backward}
        stimulus[start + t + 2]["entry"] = matrix[row][column]
    outputs = ["total", "total_tag", "gradient"]
    records = play(ModulationProducts(CONFIG), stimulus, outputs)[start:]
    assert (MODULATION_PRODUCT_CYCLES, ModulationProducts.LATENCY) == (3, 4)
    total = 0
    for t, (row, column, outer, first, last) in enumerate(walk):
        gradient = (scores[row] * errors[column] + (1 << 9)) >> 10
        assert records[t + MODULATION_PRODUCT_CYCLES]["gradient"] == gradient
        value = errors[column] if backward else scores[row]
        half = 1 << (14 if backward else 11)
        total = matrix[row][column] * value + (half if first else total)
        record = records[t + ModulationProducts.LATENCY]
        assert record["total"] == total
        assert (record["total_tag"].outer, record["total_tag"].last) == (outer, last)


def test_outputs():
    """Modulated scores saturate; only complete sums are written."""
    totals = [(5 << 12) + 4095, -(1 << 40), (1 << 40) - 1, -(3 << 12), 9 << 12]
    last = [1, 1, 1, 0, 1]
    stimulus = []
    for backward in range(2):
        for k, total in enumerate(totals):
            final = int(k == len(totals) - 1)
            tag = {"valid": 1, "last": last[k], "final": final, "outer": k, "backward": backward}
            # Errors in front of a modulation are below 2**16.
            stimulus.append({"tag": tag, "total": total % (1 << 30) if backward else total})
        stimulus += [{"tag": {"valid": 0, "last": 1, "final": 1, "backward": backward}}]
    stimulus += [{}] * (BACKWARD_DRAIN - FORWARD_DRAIN)
    start = len(stimulus)
    stimulus += [{"scores.addr": k} for k in (0, 1, 2, 4)] + [{}, {}]
    outputs = [f"errors.{name}" for name in ("enable", "addr", "data")]
    outputs += ["scores.data", "forward_done", "backward_done"]
    records = play(ModulationOutputs(CONFIG), stimulus, outputs)
    found = [r["scores.data"] for r in records[start + 2 :]]
    assert found == [5, -LATENT_MAX, LATENT_MAX, 9]
    errors = {
        t: (r["errors.addr"], r["errors.data"]) for t, r in enumerate(records) if r["errors.enable"]
    }
    backward = len(totals) + 1
    assert errors == {
        backward + k + ModulationOutputs.LATENCY: (k, totals[k] % (1 << 30) >> 15)
        for k in range(len(totals))
        if last[k]
    }
    ends = [len(totals) - 1 + ModulationOutputs.LATENCY]
    assert [t for t, r in enumerate(records) if r["forward_done"]] == ends
    ends = [backward + ends[0] + BACKWARD_DRAIN - FORWARD_DRAIN]
    assert [t for t, r in enumerate(records) if r["backward_done"]] == ends


def test_entries():
    """The host writes and reads; the walk goes first; an element has zeros above an entry."""
    values = [-1, 2, -32767, 4]
    stimulus = [
        {"host_write.valid": 1, "host_write.payload": {"addr": k, "data": value % (1 << 16)}}
        for k, value in enumerate(values)
    ]
    stimulus += [{"host_write.valid": 0, "write.enable": 1, "write.addr": 9, "write.data": -3}]
    stimulus += [{"write.enable": 0}]
    start = len(stimulus)
    stimulus += [{"host_read.addr": k, "read.addr": 9} for k in range(4)]
    stimulus += [{"walking": 1}, {}, {}]
    outputs = ["read.data", "host_read.data"]
    records = play(ModulationEntries(CONFIG), stimulus, outputs)[
        start + ModulationEntries.LATENCY :
    ]
    assert ModulationEntries.LATENCY == 2
    assert [r["host_read.data"] for r in records[:4]] == [value % (1 << 16) for value in values]
    assert [r["read.data"] for r in records] == [*values, -3]


def test_update_latency():
    """The update block and the contract agree."""
    assert Update.LATENCY == UPDATE_LATENCY
