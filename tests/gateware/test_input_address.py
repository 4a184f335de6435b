"""Input addresses: the pixel's word and the tap's offset, each against a formula."""

import random
from dataclasses import replace
from itertools import product

import pytest

from lls_hw.contract.config import IMAGE_BANKS, preset
from lls_hw.gateware.tiler.input_address import InputAddress
from lls_hw.gateware.tiler.pixel_address import PixelAddress
from lls_hw.gateware.tiler.ports import input_address_bits
from lls_hw.gateware.tiler.tap_offset import TapOffset
from tests.gateware.helpers import check, operation

CONFIG = preset("tiny")
WORDS = 1 << input_address_bits(CONFIG)
HEIGHT, WIDTH, BASE = 3, 5, 70


def word_of(place, packed):
    """Word and bank of a pixel; maps lie one after another, 7 words between their pixels."""
    row, x = divmod(place, WIDTH)
    if packed:
        return (BASE + row // IMAGE_BANKS * WIDTH + x) % WORDS, row % IMAGE_BANKS
    return (BASE + 7 * x + 50 * (row % HEIGHT) + 200 * (row // HEIGHT)) % WORDS, None


@pytest.mark.parametrize("packed", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_pixels(seed, packed):
    """Steps, saves, restores, rewinds and restarts in any order."""
    rng = random.Random(seed)
    line = 7 * (WIDTH - 1)
    steps = {"x_step": 7, "x_row_step": 50 - line, "x_sample_step": 200 - 50 * (HEIGHT - 1) - line}
    if packed:
        steps = {"x_step": 1, "x_row_step": 1 - WIDTH, "x_sample_step": 1 - WIDTH}
    d = operation(packed=packed, x_base=BASE, **steps)
    cycles = [({"operation": d, "walk.restart": 1}, {})]
    place = kept = 0
    for _ in range(600):
        step, save, restore, rewind, restart = (
            int(rng.random() < chance) for chance in (0.9, 0.05, 0.03, 0.3, 0.01)
        )
        restore &= 1 - save
        row, x = divmod(place, WIDTH)
        inputs = {
            "walk.step": step, "walk.save": save, "walk.restore": restore, "walk.restart": restart,
            "rewind": rewind, "pixel.row_end": int(x == WIDTH - 1),
            "pixel.map_end": int(x == WIDTH - 1 and row % HEIGHT == HEIGHT - 1),
        }  # fmt: skip
        word, bank = word_of(place, packed)
        cycles.append((inputs, {"addr": word, "bank": bank} if packed else {"addr": word}))
        following = 0 if save and rewind else place + step
        place = kept if restore else following
        kept = following if save else kept
        if restart:
            place = kept = 0
    check(PixelAddress(CONFIG), cycles)


@pytest.mark.parametrize("rows", [2, 4])
@pytest.mark.parametrize(("height", "width", "tiles"), [(1, 1, 1), (3, 3, 2), (1, 4, 5)])
def test_taps(rows, height, width, tiles):
    """Two bands, one after the other; words of 4 channels have one or two parts."""
    config = replace(CONFIG, rows=rows)
    parts = config.act_word // rows
    d = operation(tap_step=9, tap_row_step=100)
    cycles = [({"operation": d, "walk.restart": 1}, {})]
    for _ in range(2):
        for row, column, tile in product(range(height), range(width), range(tiles)):
            last = [row == height - 1, column == width - 1, tile == tiles - 1]
            tap = {"tap.column_last": int(last[1]), "tap.tile_last": int(last[2])}
            idle = {"walk.restart": 0, "walk.save": 0, "walk.restore": 0, **tap}
            wanted = {"offset": 100 * row + 9 * column + tile // parts, "part": tile % parts}
            end = {"walk.save": int(all(last)), "walk.restore": int(not all(last))}
            cycles += [(idle, wanted), (end, wanted)]
    check(TapOffset(config), cycles)


def test_inside():
    """All sides of the map and of the kernel, with and without padding there."""
    sides = (
        ("pad_first", "tap.row_first", "pixel.top"),
        ("pad_first", "tap.column_first", "pixel.leftmost"),
        ("pad_bottom", "tap.row_last", "pixel.bottom"),
        ("pad_right", "tap.column_last", "pixel.row_end"),
    )
    flags = [flag for side in sides for flag in side[1:]]
    rng = random.Random(0)
    cycles = []
    for first, bottom, right in product((0, 1), repeat=3):
        pads = {"pad_first": first, "pad_bottom": bottom, "pad_right": right}
        for _ in range(64):
            values = {flag: rng.randrange(2) for flag in flags}
            outside = any(pads[pad] and values[tap] and values[edge] for pad, tap, edge in sides)
            cycles.append(
                ({"operation": operation(**pads), **values}, {"place.inside": not outside})
            )
    check(InputAddress(CONFIG), cycles)
