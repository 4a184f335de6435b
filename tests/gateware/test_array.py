"""The systolic array against integer matrix products, tiles back to back, both modes."""

import numpy as np
import pytest

from lls_hw.contract import formats as f
from lls_hw.gateware.array.skew import Skew
from lls_hw.gateware.array.systolic import SystolicArray
from tests.gateware.helpers import play

SHAPES = [(2, 2), (4, 4), (4, 8), (8, 4), (2, 4), (8, 8)]


class Score:
    """Inputs of the array by cycle; absent ones are rubbish where that must not matter."""

    def __init__(self, rows, cols, cycles, rng):
        self.rows, self.cols, self.rng = rows, cols, rng
        self.x = rng.integers(-127, 128, (cycles, rows))
        self.v = rng.integers(-32767, 32768, (cycles, cols))
        self.control = [dict.fromkeys(("gradient", "load", "swap", "first", "last"), 0)
                        for _ in range(cycles)]  # fmt: skip

    def mark(self, cycle, **bits):
        self.control[cycle] |= bits

    def load(self, cycle, weights):
        """Row r's weight enters column c at cycle + r + c."""
        self.mark(cycle, load=1)
        for r in range(self.rows):
            for c in range(self.cols):
                self.v[cycle + r + c, c] = weights[r, c]

    def gradient(self, start, end):
        """Control of gradients whose first error comes in the cycle before `start`."""
        for cycle in range(start, end):
            self.mark(cycle, gradient=1, swap=1)
        for cycle in range(max(start - 1 - self.rows, 0), end):
            self.mark(cycle, load=1)

    def errors(self, start, v):
        """Errors (beats, columns) of the beats from that cycle on: a cycle before x."""
        for c in range(self.cols):
            self.v[start + c - 1 : start + c - 1 + len(v), c] = v[:, c]

    def stimulus(self):
        for x, v, control in zip(self.x.tolist(), self.v.tolist(), self.control, strict=True):
            yield {"x_i": x, "v_i": v, "control_i": control}


def forward(shape, beats, gaps, seed):
    """Tiles of the given beats, each after a gap; returns inputs, products, records, starts."""
    rows, cols = shape
    rng = np.random.default_rng(seed)
    total = 2 * rows + sum(max(b, rows) for b in beats) + sum(gaps) + rows + cols + 8
    score = Score(rows, cols, total + cols, rng)
    start, load_at = rows, 0
    products, starts = [], []
    for count, gap in zip(beats, gaps, strict=True):
        start += gap
        weights = rng.integers(-f.WEIGHT_MAX, f.WEIGHT_MAX + 1, (rows, cols))
        weights[0, 0] = f.WEIGHT_MAX
        score.load(load_at, weights)
        score.mark(start, swap=1)
        x = score.x[start : start + count]
        x[0] = f.ACT_MAX
        products.append(x @ weights)
        starts.append(start)
        load_at = start
        start += max(count, rows)
    records = play(SystolicArray(rows, cols), score.stimulus(), ["south_o"])
    return products, records, starts


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gapped", [False, True])
def test_forward(shape, gapped):
    """Loads begin with the first beat of the tile before; tiles follow without a gap, or not."""
    rows, cols = shape
    rng = np.random.default_rng(sum(shape))
    beats = [rows, 1, rows + 3, 2 * rows, rows]
    gaps = rng.integers(1, 9, len(beats)).tolist() if gapped else [0] * len(beats)
    products, records, starts = forward(shape, beats, gaps, seed=rows * cols)
    for product, start in zip(products, starts, strict=True):
        for n, row in enumerate(product):
            for c in range(cols):
                seen = records[start + n + rows + c + 2]["south_o"][c]
                assert seen == row[c], (start, n, c)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gapped", [False, True])
def test_gradient(shape, gapped):
    """Sums of one tile drain while the next accumulates; last beats are 2 rows cycles apart."""
    rows, cols = shape
    rng = np.random.default_rng(100 + rows * cols)
    beats = [2 * rows, 1, 2 * rows + 3, 2 * rows, 5, 2 * rows - 1]
    gaps = rng.integers(1, 9, len(beats)).tolist() if gapped else [0] * len(beats)
    cycles = rows + 1 + sum(b + 2 * rows for b in beats) + sum(gaps) + cols + 8
    score = Score(rows, cols, cycles, rng)
    score.gradient(0, cycles)
    start, finished = rows + 1, []
    for count, gap in zip(beats, gaps, strict=True):
        earliest = finished[-1][0] + 2 * rows + 1 - count if finished else 0
        start = max(start, earliest) + gap
        v = rng.integers(-f.ERROR_MAX * 8, f.ERROR_MAX * 8 + 1, (count, cols))
        score.errors(start, v)
        score.mark(start, first=1)
        score.mark(start + count - 1, last=1)
        finished.append((start + count - 1, score.x[start : start + count].T @ v))
        start += count
    records = play(SystolicArray(rows, cols), score.stimulus(), ["north_o"])
    for last, product in finished:
        for r in range(rows):
            for c in range(cols):
                assert records[last + 2 * r + c + 3]["north_o"][c] == product[r, c], (last, r, c)


def test_mode_change():
    """A forward tile right after a gradient tile has drained, and back."""
    rows, cols = 4, 4
    rng = np.random.default_rng(5)
    score = Score(rows, cols, 100, rng)
    drain = 2 * rows + cols + 4
    v = rng.integers(-1016, 1017, (3, cols))
    finished = []
    begin = rows + 1
    for start in (begin, begin + 2 * (3 + drain)):
        score.gradient(start, start + 3 + drain)
        score.errors(start, v)
        score.mark(start, first=1)
        score.mark(start + 2, last=1)
        finished.append((start + 2, score.x[start : start + 3].T @ v))
    weights = rng.integers(-999, 1000, (rows, cols))
    load = begin + 3 + drain
    score.load(load, weights)
    score.mark(load + rows, swap=1)
    product = score.x[load + rows] @ weights
    records = play(SystolicArray(rows, cols), score.stimulus(), ["north_o", "south_o"])
    south = [records[load + 2 * rows + c + 2]["south_o"][c] for c in range(cols)]
    assert south == product.tolist()
    for last, sums in finished:
        for r in range(rows):
            seen = [records[last + 2 * r + c + 3]["north_o"][c] for c in range(cols)]
            assert seen == sums[r].tolist()


def test_extremes():
    """The largest sum that a batch of MAX_BEATS could reach fits; here one of 64 beats is exact."""
    beats, cols = 64, 2
    score = Score(2, cols, beats + 20, np.random.default_rng(0))
    score.x[:] = f.ACT_MAX
    score.v[:] = -(f.ERROR_MAX << f.SLOPE_SHIFT)
    score.gradient(0, beats + 20)
    score.mark(2, first=1)
    score.mark(2 + beats - 1, last=1)
    records = play(SystolicArray(2, cols), score.stimulus(), ["north_o"])
    assert records[2 + beats - 1 + 3]["north_o"][0] == -beats * f.ACT_MAX * (f.ERROR_MAX << 3)
    assert f.MAX_BEATS * f.ACT_MAX * (f.ERROR_MAX << 3) < 1 << f.PSUM_BITS - 1


@pytest.mark.parametrize("rows", [2, 4, 8])
def test_skew(rows):
    """Row r gets x and control r cycles late, `load` 2 r cycles late."""
    score = Score(rows, 1, 40, np.random.default_rng(rows))
    for control in score.control:
        control |= {name: int(score.rng.integers(2)) for name in control}
    stimulus = [{name: event[name] for name in ("x_i", "control_i")} for event in score.stimulus()]
    records = play(Skew(rows), stimulus, ["x_o", "control_o"])
    for t in range(40 - 2 * rows):
        for r in range(rows):
            assert records[t + r]["x_o"][r] == score.x[t, r]
            assert records[t + 2 * r]["control_o"][r].load == score.control[t]["load"]
            control = records[t + r]["control_o"][r]
            for name in ("gradient", "swap", "first", "last"):
                assert control[name] == score.control[t][name]
