"""The update index against a loop nest, with pauses between rows."""

import random
from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.update_index import UpdateIndex
from tests.gateware.helpers import check

CONFIG = preset("tiny")


@pytest.mark.parametrize(("outputs", "taps", "tiles"), [(1, 1, 1), (3, 1, 2), (2, 3, 1), (2, 4, 3)])
@pytest.mark.parametrize("spare", [0, 1, CONFIG.rows - 1])
def test_rows(outputs, taps, tiles, spare):
    """Two operations, one after the other; the last input tile is full, or not."""
    rng = random.Random(outputs * taps * tiles)
    channels, rows, cycles = tiles * CONFIG.rows - spare, CONFIG.rows, []
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
            end, mark = place["tile_end"], tile * rows + row == channels
            wrap = end and place["last_tap"]
            back = end and tile == tiles - 1 and spare and not wrap
            moves = {"move.mark": mark, "move.wrap": 0, "move.back": 0, "move.step": 0}
            for step in [0] * rng.randrange(1, 4) + [1]:
                if step:
                    moves |= {
                        "move.wrap": wrap,
                        "move.back": int(back),
                        "move.step": int(not (wrap or back)),
                    }
                cycles.append(({**place, "step": step}, wanted | moves))
    check(UpdateIndex(CONFIG), cycles)
