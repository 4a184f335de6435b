"""Image memory: rows written anywhere, every pixel read with its neighbours above and below."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import IMAGE_BANKS, preset
from lls_hw.gateware.memory.images import ImageStore
from tests.gateware.helpers import play

LATENCY = 3
WRITE = 1
"""Cycles after the last byte."""


def check(config, width, channels, batches, rng):
    """Writes rows in `batches` of (first row, rows), then reads all that has neighbours."""
    rows, stimulus = {}, [{"width": width, "shape": {"width": width, "channels": channels}}]
    for first, count in batches:
        place = {"bank": first % IMAGE_BANKS, "word": first // IMAGE_BANKS * width}
        stimulus.append({"image_place.payload": place, "image_place.valid": 1, "image.valid": 0})
        for row in range(first, first + count):
            rows[row] = [[rng.randrange(256) for _ in range(channels)] for _ in range(width)]
            for value in sum(rows[row], []):
                if rng.random() < 0.2:
                    stimulus.append({"image.valid": 0, "image_place.valid": 0})
                event = {"image.valid": 1, "image_place.valid": 0}
                element = {"addr": rng.randrange(9), "data": rng.randrange(99) << 8 | value}
                stimulus.append(event | {"image.payload": element})
    stimulus += [{"image.valid": 0}] * (WRITE + 1)
    places = [(x, g) for g in rows for x in range(width) if {g - 1, g + 1} & rows.keys()]
    shuffled = rng.sample(places, len(places))
    start = len(stimulus)
    for x, g in (*places, *shuffled):
        word = g // IMAGE_BANKS * width + x
        stimulus.append({"read_addr": word, "read_row": g % IMAGE_BANKS})
    stimulus += [{}] * LATENCY
    records = play(ImageStore(config), stimulus, ["column"])[start + LATENCY :]
    for (x, g), record in zip((*places, *shuffled), records, strict=True):
        for k in range(3):
            if g - 1 + k in rows:
                pixel = [int(value) for value in record["column"][k]]
                assert pixel[:channels] == rows[g - 1 + k][x], (x, g, k)


@pytest.mark.parametrize(("most", "channels"), [(1, 1), (3, 1), (3, 3), (4, 4)])
@pytest.mark.parametrize("width", [1, 5, 8])
def test_rows(width, most, channels):
    """Two images behind one another, then a single row again, then rows far behind."""
    config = replace(preset("tiny"), image_channels=most, image_depth=64)
    rng = random.Random(width * most + channels)
    check(config, width, channels, [(0, 7), (7, 6), (2, 1), (17, 5)], rng)


def test_last_word():
    config = replace(preset("tiny"), image_depth=24)
    check(config, 6, 1, [(12, 4), (0, 3)], random.Random(0))
