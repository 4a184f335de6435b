"""Max pooling of maps of all parities against torch, and its bypass."""

import random

import pytest
import torch
from torch.nn.functional import max_pool2d

from lls_hw.gateware.array.max_pool import MaxPool
from tests.gateware.helpers import play

LANES, WIDTH, LATENCY = 3, 9, 2


def check(maps, enable, pauses, rng):
    """Plays maps (H, W, LANES), one behind the other, and compares each cycle's output."""
    stimulus, expected = [{"enable": enable}], [None]
    for pixels in maps:
        pooled = max_pool2d(pixels.permute(2, 0, 1).double(), 2).permute(1, 2, 0).long()
        for y in range(pixels.shape[0]):
            for x in range(pixels.shape[1]):
                while pauses and rng.random() < 0.4:
                    noise = [rng.randrange(-127, 128) for _ in range(LANES)]
                    stimulus.append({"i": noise, "valid": 0, "column": rng.randrange(WIDTH)})
                    expected.append(None)
                stimulus.append(
                    {"i": pixels[y, x].tolist(), "valid": 1, "column": x, "odd_row": y % 2,
                     "odd_column": x % 2}
                )  # fmt: skip
                ends = y % 2 and x % 2
                output = pooled[y // 2, x // 2].tolist() if ends else None
                expected.append(output if enable else pixels[y, x].tolist())
    stimulus += [{"valid": 0}] * LATENCY
    records = play(MaxPool(LANES, WIDTH), stimulus, ["o", "ready"])
    assert not any(record["ready"] for record in records[:LATENCY])
    for record, wanted in zip(records[LATENCY:], expected, strict=True):
        assert record["ready"] == (wanted is not None)
        if wanted is not None:
            assert list(record["o"]) == wanted


@pytest.mark.parametrize("pauses", [False, True])
@pytest.mark.parametrize("enable", [0, 1])
def test_all_sizes(enable, pauses):
    """Maps of 2 x 2 to WIDTH x WIDTH pixels, odd ones among them."""
    rng = random.Random(enable + 2 * pauses)
    maps = [
        torch.tensor([[[rng.randrange(-127, 128) for _ in range(LANES)]
                       for _ in range(width)] for _ in range(height)])
        for height in range(2, 6)
        for width in range(2, WIDTH + 1)
    ]  # fmt: skip
    check(maps, enable, pauses, rng)


@pytest.mark.parametrize("place", range(4))
def test_each_pixel_can_be_the_largest(place):
    """Of the smallest values and of the largest, in lanes of their own."""
    pixels = torch.tensor([[-127, 126, 0]]).repeat(4, 1)
    pixels[place] = torch.tensor([-126, 127, 1])
    check([pixels.reshape(2, 2, LANES)] * 2, 1, False, random.Random(0))


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 1)])
def test_maps_too_small_to_pool_pass(size):
    rng = random.Random(0)
    pixels = torch.tensor([rng.randrange(-127, 128) for _ in range(size[0] * size[1] * LANES)])
    stimulus = [
        {"i": pixel.tolist(), "valid": 1, "column": k % size[1], "odd_row": k // size[1] % 2,
         "odd_column": k % size[1] % 2, "enable": 0}
        for k, pixel in enumerate(pixels.reshape(-1, LANES))
    ]  # fmt: skip
    records = play(MaxPool(LANES, WIDTH), [*stimulus, *[{"valid": 0}] * 3], ["o", "ready"])
    assert [record["ready"] for record in records] == [0, 0, *[1] * len(stimulus), 0]
    for record, event in zip(records[LATENCY:], stimulus, strict=False):
        assert list(record["o"]) == event["i"]
