"""The west edge: what the host writes comes out with its beat, from either memory."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import FIELDS
from lls_hw.gateware.array.west_edge import WestEdge
from tests.gateware.helpers import play

CONFIG = replace(preset("tiny"), rows=4, cols=4, act_depth=8, image_depth=16)
LATENCY = 5


def test_activations():
    """x and control follow a beat by LATENCY cycles; outside of the map there are zeros."""
    rng = random.Random(3)
    values = [[rng.randrange(-127, 128) for _ in range(4)] for _ in range(8)]
    stimulus = [
        {"act.valid": 1, "act.payload": {"addr": 4 * word + lane, "data": value & 0xFF}}
        for word, lanes in enumerate(values)
        for lane, value in enumerate(lanes)
    ]
    start = len(stimulus) + 3
    stimulus += [{"act.valid": 0}] * 3
    beats = [(rng.randrange(8), rng.randrange(2), rng.randrange(2)) for _ in range(60)]
    stimulus += [
        {"asked": {"x_addr": word, "inside": inside, "index": n, "control": {"last": last}}}
        for n, (word, inside, last) in enumerate(beats)
    ]
    stimulus += [{"asked": {}}] * LATENCY
    records = play(WestEdge(CONFIG), stimulus, ["x", "control", "beat"])
    assert WestEdge.LATENCY == LATENCY
    for t, (word, inside, last) in enumerate(beats, start):
        assert list(records[t + LATENCY]["x"]) == (values[word] if inside else [0] * 4)
        assert records[t + LATENCY]["control"].last == last
        assert records[t + 1]["beat"].index == t - start


@pytest.mark.parametrize("tile", range(CONFIG.patch_tiles))
def test_patches(tile):
    """The neighbourhood of each pixel of an image of 3 x 4, as x of that beat."""
    rng = random.Random(tile)
    height, width = 3, 4
    image = [[rng.randrange(-127, 128) for _ in range(width)] for _ in range(height)]
    shape = {"width": width, "channels": 1}
    stimulus = [{"image_shape": shape, "image_place.valid": 1, "image_place.payload": {}}]
    stimulus += [
        {"image_place.valid": 0, "image.valid": 1, "image.payload": {"data": value & 0xFF}}
        for row in image
        for value in row
    ]
    operation = {"packed": 1, "out_width": width, "in_channels": 9}
    assert operation.keys() <= FIELDS.keys()
    stimulus += [{"image.valid": 0, "operation": operation}] * 4
    start = len(stimulus)
    for y in range(height):
        for x in range(width):
            edges = {"top": y == 0, "bottom": y == height - 1}
            edges |= {"leftmost": x == 0, "rightmost": x == width - 1}
            place = {"image_addr": y // 4 * width + x, "image_row": y % 4}
            stimulus.append({"asked": {"valid": 1, "tile": tile, **edges, **place}})
    stimulus += [{"asked": {}}] * LATENCY
    records = play(WestEdge(CONFIG), stimulus, ["x"])

    def pixel(y, x):
        return image[y][x] if 0 <= y < height and 0 <= x < width else 0

    for n in range(height * width):
        y, x = divmod(n, width)
        patch = [pixel(y + ky - 1, x + kx - 1) for ky in range(3) for kx in range(3)]
        patch += [0] * (CONFIG.patch_tiles * 4 - len(patch))
        assert list(records[start + n + LATENCY]["x"]) == patch[4 * tile : 4 * tile + 4]


def test_the_host_waits_for_outputs():
    stimulus = [{"activations.enable": enable, "act.valid": 1} for enable in (0, 1, 1, 0)]
    records = play(WestEdge(CONFIG), stimulus, ["act.ready"])
    assert [record["act.ready"] for record in records] == [1, 0, 0, 1]
