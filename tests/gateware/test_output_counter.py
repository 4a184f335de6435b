"""The output counter against a loop nest."""

import random
from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.output_counter import OutputCounter
from tests.gateware.helpers import cell_places, check, operation


@pytest.mark.parametrize("maps", [(1, 1, 0, 1), (3, 4, 1, 2), (4, 5, 2, 3)])
def test_outputs(maps):
    """Two output tiles, with pauses."""
    height, width, bits, samples = maps
    rng = random.Random(height * width)
    d = operation(out_height=height, out_width=width, cell_bits=bits, samples=samples)
    cycles = [({"operation": d, "restart": 1}, {}), ({"restart": 0}, {})]
    rows, columns = cell_places(height, 1 << bits), cell_places(width, 1 << bits)
    for _, n, y, x in product(range(2), range(samples), range(height), range(width)):
        for step in [0] * rng.randrange(3) + [1]:
            (cell_y, first_y, last_y), (cell_x, first_x, last_x) = rows[y], columns[x]
            end = (n, y, x) == (samples - 1, height - 1, width - 1)
            wanted = {
                "cell": cell_y * 4 + cell_x, "cell_first": first_y and first_x,
                "o.valid": step, "o.complete": step and last_y and last_x,
                "o.tile_end": step and end, "o.odd_row": y % 2, "o.column": x,
            }  # fmt: skip
            cycles.append(({"step": step}, wanted))
    check(OutputCounter(preset("tiny")), cycles)
