"""The tile loops against a loop nest: every tile's place and length, and the pixels' commands."""

from itertools import product

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.timing_array import MIN_PERIOD
from lls_hw.gateware.tiler.tile_loops import TileLoops
from tests.gateware.helpers import check, operation

CONFIG = preset("tiny")


@pytest.mark.parametrize(
    ("pixels", "band", "height", "width", "in_tiles", "out_tiles"),
    [(12, 12, 1, 1, 1, 1), (20, 9, 1, 2, 2, 2), (7, 20, 3, 1, 1, 3), (5, 1, 1, 1, 2, 2)],
)
@pytest.mark.parametrize("gradient", [0, 1])
def test_tiles(pixels, band, height, width, in_tiles, out_tiles, gradient):
    d = operation(
        pixels=pixels, band=band, kernel_height=height, kernel_width=width, in_tiles=in_tiles,
        out_tiles=out_tiles,
    )  # fmt: skip
    least = max(CONFIG.rows * (1 + gradient), MIN_PERIOD)
    starts = [0] if gradient else range(0, pixels, band)
    taps = height * width * in_tiles
    before = {"operation": d, "gradient": gradient, "strobes.waiting": 1}
    cycles = [(before, {}), ({"strobes.start": 1}, {"walk.restart": 1})]
    cycles += [({"strobes.start": 0}, {"walk.restart": 0})] * 4
    places = list(product(range(out_tiles), starts, range(taps)))
    for output, start, tap in places:
        count = pixels if gradient else min(band, pixels - start)
        turn = max(count, least) - 2
        ends_band = tap == taps - 1
        ends_output = ends_band and start == starts[-1]
        place = {
            "tile.output": output, "tile.ends_band": ends_band, "tile.ends_output": ends_output,
            "tile.ends_operation": (output, start, tap) == places[-1], "tap.tile": tap % in_tiles,
        }  # fmt: skip
        for cycle in range(turn + 2):
            end = cycle == turn + 1
            strobes = {
                "waiting": 0, "streaming": cycle < count, "turning": cycle == turn, "tile_end": end,
            }  # fmt: skip
            size = {"band.last_pixel": count - 1, "band.turn": turn} if cycle >= 2 else {}
            walk = {
                "walk.step": cycle < count, "walk.save": end and ends_band,
                "walk.restore": end and not ends_band,
            }  # fmt: skip
            inputs = {f"strobes.{name}": int(value) for name, value in strobes.items()}
            cycles.append((inputs, {**place, **size, **walk}))
    check(TileLoops(CONFIG), cycles)
