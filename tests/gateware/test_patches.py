"""The patch packer against the golden patches, row after row, with pauses between rows."""

import random
from dataclasses import replace

import pytest
import torch

from lls_hw.contract.config import preset
from lls_hw.gateware.array.patches import PatchPacker
from lls_hw.golden.maps import patches
from lls_hw.network.network import Conv
from tests.gateware.helpers import play

COLUMN, X = 2, 3


def noise(rng, channels):
    """Three pixels that must not be seen."""
    return [[rng.randrange(256) for _ in range(channels)] for _ in range(3)]


def pixel_column(image, y, x, rng, most):
    """Pixels above one another; what lies outside the image or its channels is noise."""
    column = noise(rng, most)
    height, _, channels = image.shape
    for k in range(3):
        if 0 <= y - 1 + k < height:
            column[k][:channels] = [value & 0xFF for value in image[y - 1 + k, x].tolist()]
    return column


@pytest.mark.parametrize("pauses", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (3, 1), (5, 4)])
@pytest.mark.parametrize(
    ("rows", "most", "channels"), [(4, 1, 1), (8, 3, 3), (8, 3, 1), (2, 4, 4), (32, 3, 3)]
)
def test_patches(rows, most, channels, size, pauses):
    """Each tile of two images, one after the other."""
    config = replace(preset("tiny"), rows=rows, image_channels=most)
    rng = random.Random(rows * most * channels)
    values = [rng.randrange(-127, 128) for _ in range(2 * size[0] * size[1] * channels)]
    images = torch.tensor(values).reshape(2, *size, channels)
    shape = Conv(outputs=1, cells=1).shape(channels, *size)
    seen = torch.zeros(2, *size, config.patch_tiles * rows, dtype=torch.int64)
    seen[..., : shape.fan_in] = patches(images, shape).reshape(2, *size, -1)
    events, expected = [], {}
    for tile in range(-(-shape.fan_in // rows)):
        for n, image in enumerate(images):
            for y in range(size[0]):
                while pauses and rng.random() < 0.5:
                    events.append(({"valid": 0}, noise(rng, most)))
                for x in range(size[1]):
                    place = {
                        "top": y == 0, "bottom": y == size[0] - 1, "leftmost": x == 0,
                        "rightmost": x == size[1] - 1,
                    }  # fmt: skip
                    beat = {"valid": 1, "tile": tile, **{k: int(v) for k, v in place.items()}}
                    part = seen[n, y, x, tile * rows : (tile + 1) * rows]
                    expected[len(events) + X] = part.tolist()
                    events.append((beat, pixel_column(image, y, x, rng, most)))
    stimulus = [beat for beat, _ in events] + [{"valid": 0}] + [{}] * X
    stimulus[0] = {**stimulus[0], "single": int(channels == 1)}
    for cycle, (_, column) in enumerate(events):
        stimulus[cycle + COLUMN] = {**stimulus[cycle + COLUMN], "column": column}
    for cycle, record in enumerate(play(PatchPacker(config), stimulus, ["x"])):
        assert list(record["x"]) == expected.get(cycle, [0] * rows), cycle
