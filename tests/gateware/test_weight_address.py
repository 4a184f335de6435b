"""Weight addresses against a loop nest: during each tile, those of the next."""

from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.tiler.weight_address import WeightAddress
from tests.gateware.helpers import check, operation

BASE, ROWS = 33, 4


@pytest.mark.parametrize(("outputs", "bands", "taps"), [(1, 1, 1), (2, 1, 3), (2, 3, 1), (3, 2, 4)])
@pytest.mark.parametrize("gap", [0, 2])
def test_rows(outputs, bands, taps, gap):
    tiles = list(product(range(outputs), range(bands), range(taps)))
    numbers = [output * taps + tap for output, _, tap in tiles]
    cycles = [({"operation": operation(weight_base=BASE), "strobes.start": 1}, {})]
    for row in range(ROWS):
        cycles.append(({"strobes.start": 0, "strobes.loading": 1}, {"addr": BASE + row}))
    for (_, band, tap), number in zip(tiles, [*numbers[1:], None], strict=True):
        ends_band = tap == taps - 1
        ends_output = ends_band and band == bands - 1
        place = {"tile.ends_band": int(ends_band), "tile.ends_output": int(ends_output)}
        for cycle in range(ROWS + gap):
            loading = int(cycle < ROWS and number is not None)
            strobes = {"strobes.begin": int(cycle == 0), "strobes.loading": loading}
            wanted = {"addr": BASE + number * ROWS + cycle} if loading else {}
            cycles.append(({**place, **strobes}, wanted))
    check(WeightAddress(preset("tiny")), cycles)
