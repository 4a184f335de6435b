"""Channel states: statistics against the golden model, samplers against their masks."""

import random
from dataclasses import replace

import pytest
import torch

from lls_hw.contract import channels as c
from lls_hw.contract.config import preset
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.channels.gradient_statistics import GradientStatistics
from lls_hw.gateware.channels.output_statistics import OutputStatistics
from lls_hw.gateware.channels.pixel_sampler import PixelSampler
from lls_hw.gateware.channels.row_sampler import RowSampler
from lls_hw.gateware.channels.walker import ChannelWalker
from lls_hw.golden.channel_step import GradientSize, power, sampled_rows
from lls_hw.golden.normalisation import Normaliser, sampled_pixels
from tests.gateware.helpers import play


def t(value):
    return torch.tensor([value], dtype=torch.int64)


def config(rows, cols):
    return replace(preset("tiny"), rows=rows, cols=cols, channel_depth=256)


def output_state(rng, shift):
    near, far = (rng.randrange(most << c.FRACTION) for most in (60, 127))
    deviation = rng.choice([0, 1, near, far])
    half = c.MEAN_MAX >> 1
    means = [0, -1, c.MEAN_MAX, -c.MEAN_MAX, half, half + 1, -half - 1, -half - 2]
    mean = rng.choice([*means, rng.randrange(-c.MEAN_MAX, c.MEAN_MAX)])
    near = max(0, min(shift + rng.randrange(-1, 9), c.UNIT_MAX))
    return {"mean": mean, "deviation": deviation, "unit": near}


@pytest.mark.parametrize("step, pixels, shift", [
    (0, 1, 0), (1, 31, 5), (2, 33, 31), (7, 2048, 12), (31, 16643, 12), (2**32 - 1, 520, 20),
])  # fmt: skip
def test_output_statistics(step, pixels, shift):
    """Samples and settling states in any order; `new` follows by five cycles."""
    rng = random.Random(step)
    down = c.pixel_shift(pixels)
    stimulus = [{} for _ in range(400 + OutputStatistics.LATENCY)]
    stimulus[0] |= {"down": down, "target": c.deviation_target(pixels), "act_shift": shift}
    expected = []
    for cycle in range(400):
        old, x, settle = output_state(rng, shift), rng.randrange(-127, 128), rng.random() < 0.5
        stimulus[cycle] |= {"x": x, "settle": int(settle)}
        stimulus[cycle + RAM_LATENCY] |= {"old": old}
        golden = Normaliser(*(t(value) for value in old.values()))
        if settle:
            golden.settle(pixels, shift)
        else:
            golden.mean += x << c.SAMPLES - down
            golden.deviation += abs(x) << c.SAMPLES - down
        expected.append([int(v) for v in (golden.mean, golden.deviation, golden.unit)])
    records = play(OutputStatistics(), stimulus, ["new.mean", "new.deviation", "new.unit"])
    assert [list(record.values()) for record in records[OutputStatistics.LATENCY :]] == expected


@pytest.mark.parametrize("fan_in", [1, 9, 27, 288, 8192])
def test_gradient_statistics(fan_in):
    rng = random.Random(fan_in)
    down = c.row_shift(fan_in)
    stimulus = [{} for _ in range(400 + GradientStatistics.LATENCY)]
    stimulus[0] |= {"down": down, "target": c.power_target(fan_in)}
    expected = []
    for cycle in range(400):
        old = {
            "power": rng.choice([0, rng.randrange(1 << 21), rng.randrange(100 << c.FRACTION)]),
            "size": rng.choice([0, c.SIZE_MAX, rng.randrange(c.SIZE_MAX)]),
            "seen": rng.randrange(2),
        }
        g = rng.randrange(-(1 << 31), 1 << 31) >> rng.randrange(32)
        settle = rng.random() < 0.5
        stimulus[cycle] |= {"gradient": g, "settle": int(settle)}
        stimulus[cycle + RAM_LATENCY] |= {"old": old}
        golden = GradientSize(*(t(value) for value in old.values()))
        if settle:
            golden.settle(fan_in)
            golden.seen *= 0
        else:
            golden.power += power(t(g), golden.size) << c.SAMPLES - down
            golden.seen |= int(g not in (0, -1))
        expected.append([int(golden.power), int(golden.size), int(golden.seen)])
    records = play(GradientStatistics(), stimulus, ["new.power", "new.size", "new.seen"])
    assert [list(record.values()) for record in records[GradientStatistics.LATENCY :]] == expected


@pytest.mark.parametrize("cols, rows, pixels, step", [
    (4, 4, 5, 0), (8, 8, 70, 13), (16, 8, 33, 31), (32, 16, 7, 2**31 + 5), (2, 2, 2100, 1),
])  # fmt: skip
@pytest.mark.parametrize("late", [0, 3])
def test_pixel_sampler(cols, rows, pixels, step, late):
    """The end of a tile comes with its last output or later; pauses between outputs."""
    rng = random.Random(pixels)
    tiles, base = 3, 40
    words = torch.randint(-127, 128, (pixels, tiles * cols), generator=torch.Generator())
    mask = (1 << c.pixel_stride(pixels)) - 1
    stimulus = [
        {"base": base, "step": step % (1 << c.STRIDE_MAX), "mask": mask}, {"restart": 1},
        {"restart": 0},
    ]  # fmt: skip
    for tile in range(tiles):
        for pixel in range(pixels):
            word = words[pixel, tile * cols : (tile + 1) * cols].tolist()
            last = pixel == pixels - 1
            stimulus.append({
                "words.word": word, "words.written": 1, "words.tile_end": int(last and not late),
            })  # fmt: skip
            idle = {"words.written": 0, "words.tile_end": 0}
            stimulus += [idle] * rng.choice([0, 0, 1])
            if last and late:
                stimulus += [idle] * late + [{"words.written": 0, "words.tile_end": 1}]
    stimulus += [{"words.written": 0, "words.tile_end": 0}] * 2
    records = play(PixelSampler(config(rows, cols)), stimulus, ["enable", "addr", "x"])
    seen = sorted((r["addr"] - base, r["x"]) for r in records if r["enable"])
    places = sampled_pixels(pixels, tiles * cols, step).nonzero().tolist()
    assert seen == sorted((channel, int(words[p, channel])) for p, channel in places)


@pytest.mark.parametrize("rows, cols", [(8, 8), (8, 16), (4, 2), (2, 4), (16, 32)])
@pytest.mark.parametrize(
    "fan_in, step", [(9, 7), (27, 0), (100, 2**32 - 3), (5, 12), (1, 9), (1100, 5)]
)
def test_row_sampler(rows, cols, fan_in, step):
    """Rows two cycles apart, padded to whole tiles; each column a cycle later."""
    base, out_tiles = 7, 3
    padded = -(-fan_in // rows) * rows
    gradients = torch.zeros(padded, out_tiles * cols, dtype=torch.int64)
    gradients[:fan_in] = torch.randint(
        1, 1 << 31, (fan_in, out_tiles * cols), generator=torch.Generator()
    )
    order = [(tile, row) for tile in range(out_tiles) for row in range(padded)]
    length = 2 * len(order) + cols + 4
    north = torch.zeros(length, cols, dtype=torch.int64)
    stimulus = [{"rows.enable": 0} for _ in range(length)]
    for number, (tile, row) in enumerate(order):
        stimulus[2 * number] |= {
            "rows.enable": 1, "rows.fan_in": row, "rows.fan_out": tile * cols,
        }  # fmt: skip
        for column in range(cols):
            north[2 * number + column, column] = gradients[row, tile * cols + column]
    for cycle in range(length):
        stimulus[cycle] |= {"rows.north": north[cycle].tolist()}
    mask = (1 << c.row_stride(fan_in)) - 1
    stable = {"base": base, "step": step % (1 << c.STRIDE_MAX), "mask": mask}
    stimulus.insert(0, stable)
    records = play(RowSampler(config(rows, cols)), stimulus, ["enable", "addr", "gradient"])
    seen = sorted(
        (r["addr"] - base, r["gradient"]) for r in records if r["enable"] and r["gradient"]
    )
    counted = sampled_rows(gradients[:fan_in], step).tolist()
    assert seen == sorted(
        (channel, value) for row in counted for channel, value in enumerate(row) if value
    )


@pytest.mark.parametrize("cols", [2, 8])
def test_walker(cols):
    """Tiles back to back and with a pause; a tile too many does not count."""
    stimulus = [{"restart": 1, "base": 9, "tiles": 3}, {"restart": 0}]
    for pause in (0, 5, 0, 3):
        stimulus += [{"tile": 1}, *[{"tile": 0}] * (cols - 1 + pause)]
    stimulus += [{"tile": 0}] * cols
    records = play(ChannelWalker(config(max(cols // 2, 2), cols)), stimulus,
                   ["enable", "column", "addr"])  # fmt: skip
    seen = [(t, r["column"], r["addr"]) for t, r in enumerate(records) if r["enable"]]
    starts = [3, 3 + cols, 3 + 2 * cols + 5]
    assert seen == [
        (start + k, k, 9 + number * cols + k)
        for number, start in enumerate(starts)
        for k in range(cols)
    ]
