"""Error addresses against a loop nest: latent, sign and sample of every pixel of every tile."""

import random
from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.tiler.error_address import ErrorAddress
from tests.gateware.helpers import cell_places, check, operation

LATENT, SIGN = 21, 87


@pytest.mark.parametrize(("height", "width", "bits"), [(1, 1, 0), (3, 4, 1), (5, 6, 2), (2, 3, 0)])
@pytest.mark.parametrize(("samples", "taps", "outputs"), [(1, 1, 1), (3, 2, 2)])
def test_pixels(height, width, bits, samples, taps, outputs):
    """A tile ends with its last pixel or later."""
    rng = random.Random(height * width * samples)
    cells = 1 << bits
    d = operation(
        latent_base=LATENT, sign_base=SIGN, out_tiles=outputs, out_stride=outputs, cell_bits=bits
    )
    cycles = [({"operation": d, "strobes.start": 1}, {}), ({"strobes.start": 0}, {})]
    rows, columns = cell_places(height, cells), cell_places(width, cells)
    pixels = list(product(range(samples), range(height), range(width)))
    for output, tap in product(range(outputs), range(taps)):
        place = {"tile.output": output, "tile.ends_output": int(tap == taps - 1)}
        cycles.append((place | {"strobes.tile_end": 0, "strobes.streaming": 0}, {}))
        late = rng.randrange(2)
        for number, (n, y, x) in enumerate(pixels):
            (cell_y, _, cell_y_last), (cell_x, _, cell_x_last) = rows[y], columns[x]
            inputs = {
                "pixel.row_end": x == width - 1, "pixel.cell_row_last": cell_y_last,
                "pixel.cell_column_last": cell_x_last,
                "pixel.map_end": x == width - 1 and y == height - 1, "strobes.streaming": 1,
                "strobes.tile_end": not late and number == len(pixels) - 1,
            }  # fmt: skip
            word = (n * cells + cell_y) * cells + cell_x
            wanted = {
                "place.latent_addr": LATENT + word * outputs + output,
                "place.sign_addr": SIGN + number * outputs + output, "place.sample": n,
            }  # fmt: skip
            cycles.append(({name: int(value) for name, value in inputs.items()}, wanted))
        if late:
            cycles.append(({"strobes.streaming": 0}, {}))
            cycles.append(({"strobes.tile_end": 1}, {}))
    check(ErrorAddress(preset("tiny")), cycles)
