"""The pixel counter against division: all small maps, large ones, saved places."""

import random

import pytest
from amaranth.sim import Simulator

from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.pixels import PixelCounter
from tests.gateware.helpers import cell_places, play

NAMES = [
    "row", "column", "top", "bottom", "leftmost", "row_end", "map_end", "cell_row", "cell_column",
    "cell_first", "cell_last", "cell_row_last", "cell_column_last",
]  # fmt: skip


def command(**names):
    """A cycle with these commands and no others."""
    return {f"walk.{name}": names.get(name, 0) for name in ("step", "save", "restore", "restart")}


def expected_map(width, height, cell_bits):
    """The place of each pixel of a map, in the order of NAMES."""
    columns, rows = cell_places(width, 1 << cell_bits), cell_places(height, 1 << cell_bits)
    return [
        (
            y, x, y == 0, y == height - 1, x == 0, x == width - 1,
            x == width - 1 and y == height - 1, cell_y, cell_x,
            first_x and first_y, last_x and last_y, last_y, last_x,
        )
        for y, (cell_y, first_y, last_y) in enumerate(rows)
        for x, (cell_x, first_x, last_x) in enumerate(columns)
    ]  # fmt: skip


def begin(width, height, cell_bits):
    fields = {"out_width": width, "out_height": height, "cell_bits": cell_bits}
    return {**command(restart=1), "operation": ARRAY_LAYOUT.const(fields)}


def check(stimulus, expected):
    outputs = [f"pixel.{name}" for name in NAMES]
    records = play(PixelCounter(), stimulus, outputs)
    for cycle, (record, wanted) in enumerate(zip(records, expected, strict=True)):
        if wanted is not None:
            assert tuple(record.values()) == wanted, (cycle, stimulus[cycle])


@pytest.mark.parametrize("cell_bits", [0, 1, 2])
def test_all_small_maps(cell_bits):
    """Each map and the first pixel of the next one, with pauses."""
    rng = random.Random(cell_bits)
    stimulus, expected = [], []
    for height in range(1 << cell_bits, 10):
        for width in range(1 << cell_bits, 10):
            stimulus.append(begin(width, height, cell_bits))
            expected.append(None)
            pixels = expected_map(width, height, cell_bits)
            for pixel in [*pixels, pixels[0]]:
                for step in [0] * (rng.random() < 0.1) + [1]:
                    stimulus.append(command(step=step))
                    expected.append(pixel)
    check(stimulus, expected)


@pytest.mark.parametrize(("width", "height"), [(255, 4), (4, 255), (254, 5), (32, 28)])
def test_large_maps(width, height):
    pixels = expected_map(width, height, 2)
    events = [command(step=1)] * len(pixels)
    check([begin(width, height, 2), *events], [None, *pixels])


@pytest.mark.parametrize("seed", range(4))
def test_saved_places(seed):
    """Steps, saves, restores and restarts in any order; a saved place includes the step."""
    rng = random.Random(seed)
    width, height, cell_bits = rng.randrange(4, 9), rng.randrange(4, 9), rng.randrange(3)
    pixels = expected_map(width, height, cell_bits)
    stimulus, expected = [begin(width, height, cell_bits)], [None]
    place = kept = 0
    for _ in range(600):
        event = {
            "step": int(rng.random() < 0.8), "save": int(rng.random() < 0.1),
            "restore": int(rng.random() < 0.1), "restart": int(rng.random() < 0.02),
        }  # fmt: skip
        stimulus.append(command(**event))
        expected.append(pixels[place])
        following = (place + event["step"]) % len(pixels)
        place = kept if event["restore"] else following
        kept = following if event["save"] else kept
        if event["restart"]:
            place = kept = 0
    check(stimulus, expected)


def test_without_maps():
    """Every map is one pixel, whatever the descriptor says; no register is left."""
    dut = PixelCounter(maps=False)
    simulator = Simulator(dut)

    async def bench(ctx):
        ctx.set(dut.operation, begin(7, 5, 2)["operation"])
        ctx.set(dut.walk.step, 1)
        [pixel] = expected_map(1, 1, 0)
        assert tuple(ctx.get(getattr(dut.pixel, name)) for name in NAMES) == pixel

    simulator.add_testbench(bench)
    simulator.run()
