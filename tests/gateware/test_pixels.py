"""The pixel counter against division: all small maps, large ones, saved places."""

import random

import pytest

from lls_hw.gateware.tiler.pixels import PixelCounter
from tests.gateware.helpers import cell_places, play

OUTPUTS = [
    "row", "column", "row_end", "bottom", "map_end", "cell_row", "cell_column", "cell_first",
    "cell_last", "cell_row_last", "cell_column_last",
]  # fmt: skip
IDLE = {"step": 0, "save": 0, "restore": 0, "restart": 0}


def expected_map(width, height, cell_bits):
    """Outputs of each pixel of a map, in the order of OUTPUTS."""
    columns, rows = cell_places(width, 1 << cell_bits), cell_places(height, 1 << cell_bits)
    return [
        (
            y, x, x == width - 1, y == height - 1, x == width - 1 and y == height - 1, cell_y,
            cell_x,
            first_x and first_y, last_x and last_y, last_y, last_x,
        )
        for y, (cell_y, first_y, last_y) in enumerate(rows)
        for x, (cell_x, first_x, last_x) in enumerate(columns)
    ]  # fmt: skip


def begin(width, height, cell_bits):
    return {**IDLE, "width": width, "height": height, "cell_bits": cell_bits, "restart": 1}


def check(stimulus, expected):
    records = play(PixelCounter(), stimulus, OUTPUTS)
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
                    stimulus.append({**IDLE, "step": step})
                    expected.append(pixel)
    check(stimulus, expected)


@pytest.mark.parametrize(("width", "height"), [(255, 4), (4, 255), (254, 5), (32, 28)])
def test_large_maps(width, height):
    pixels = expected_map(width, height, 2)
    events = [{**IDLE, "step": 1}] * len(pixels)
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
        stimulus.append(event)
        expected.append(pixels[place])
        following = (place + event["step"]) % len(pixels)
        place = kept if event["restore"] else following
        kept = following if event["save"] else kept
        if event["restart"]:
            place = kept = 0
    check(stimulus, expected)
