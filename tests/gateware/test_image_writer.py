"""The image writer: bank, word, channel and cycle of every byte."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import IMAGE_BANKS, preset
from lls_hw.gateware.memory.image_writer import ImageWriter
from tests.gateware.helpers import check

LATENCY = 1


@pytest.mark.parametrize(("most", "channels"), [(1, 1), (3, 1), (3, 3), (4, 4)])
@pytest.mark.parametrize("width", [1, 5])
def test_bytes(width, most, channels):
    """Rows far from each other, their bytes back to back and with pauses; at last a row again."""
    config = replace(preset("tiny"), image_channels=most, image_depth=64)
    rng = random.Random(width * most + channels)
    nothing = {"image.valid": 0, "image_place.valid": 0}
    stimulus = [{"shape": {"width": width, "channels": channels}}, *[nothing] * 2]
    writes = {}
    for first, rows in ((0, 6), (9, 3), (6, 3), (2, 1)):
        place = {"bank": first % IMAGE_BANKS, "word": first // IMAGE_BANKS * width}
        stimulus.append(nothing | {"image_place.valid": 1, "image_place.payload": place})
        for number in range(rows * width * channels):
            stimulus += [nothing] * (rng.random() < 0.2)
            pixel, channel = divmod(number, channels)
            row, x = first + pixel // width, pixel % width
            value = rng.randrange(256)
            writes[len(stimulus) + LATENCY] = row, x, channel, value
            element = {"addr": rng.randrange(9), "data": rng.randrange(99) << 8 | value}
            stimulus.append(nothing | {"image.valid": 1, "image.payload": element})
    stimulus += [nothing] * (LATENCY + 1)
    cycles = []
    for cycle, inputs in enumerate(stimulus):
        wanted = {f"banks.{bank}.enable": 0 for bank in range(IMAGE_BANKS)}
        if cycle in writes:
            row, x, channel, value = writes[cycle]
            port = f"banks.{row % IMAGE_BANKS}"
            word = sum(value << 8 * lane for lane in range(most))
            wanted[f"{port}.enable"] = 1 << channel
            wanted |= {f"{port}.addr": row // IMAGE_BANKS * width + x, f"{port}.data": word}
        cycles.append((inputs, wanted))
    check(ImageWriter(config), cycles)
