"""The update index against a loop nest, with pauses between rows."""

import random
from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.update_index import UpdateIndex
from tests.gateware.helpers import check

CONFIG = preset("tiny")


@pytest.mark.parametrize(("outputs", "taps", "tiles"), [(1, 1, 1), (3, 1, 2), (2, 3, 1), (2, 4, 3)])
def test_rows(outputs, taps, tiles):
    """Two operations, one after the other; the last input tile is not full."""
    rng = random.Random(outputs * taps * tiles)
    channels, rows, cycles = tiles * CONFIG.rows - 1, CONFIG.rows, []
    for _ in range(2):
        sizes = {"in_tiles": tiles, "in_channels": channels, "step": 0}
        cycles += [({**sizes, "restart": 1}, {}), ({"restart": 0}, {})]
        for output, tap, tile, row in product(*map(range, (outputs, taps, tiles, rows))):
            wanted = {
                "fan_in": tap * channels + tile * rows + row, "fan_out": output * CONFIG.cols,
            }  # fmt: skip
            place = {
                "tile_end": int(row == rows - 1),
                "last_tap": int(tap == taps - 1 and tile == tiles - 1),
            }
            for step in [0] * rng.randrange(3) + [1]:
                cycles.append(({**place, "step": step}, wanted))
    check(UpdateIndex(CONFIG), cycles)
