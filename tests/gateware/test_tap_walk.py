"""The tap walk against a loop nest."""

import random
from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.tiler.tap_walk import TapWalk
from tests.gateware.helpers import check, operation


@pytest.mark.parametrize(("height", "width", "tiles"), [(1, 1, 1), (3, 3, 2), (2, 5, 1), (1, 4, 3)])
def test_taps(height, width, tiles):
    """Two rounds and the first tile of the next, steps two cycles apart or more."""
    rng = random.Random(height * width * tiles)
    d = operation(kernel_height=height, kernel_width=width, in_tiles=tiles)
    cycles = [({"operation": d, "restart": 1}, {}), ({"restart": 0}, {})]
    places = list(product(range(height), range(width), range(tiles)))
    for row, column, tile in [*places, *places, places[0]]:
        wanted = {
            "tile": tile, "tile_last": tile == tiles - 1,
            "column_first": column == 0, "column_last": column == width - 1,
            "row_first": row == 0, "row_last": row == height - 1,
            "first": (row, column, tile) == places[0], "last": (row, column, tile) == places[-1],
        }  # fmt: skip
        for step in [0] * rng.randrange(1, 4) + [1]:
            cycles.append(({"step": step}, {f"tap.{name}": v for name, v in wanted.items()}))
    check(TapWalk(preset("tiny")), cycles)
