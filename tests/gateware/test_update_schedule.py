"""The update schedule against a plain loop nest."""

from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.update_schedule import UpdateSchedule
from tests.gateware.helpers import play


@pytest.mark.parametrize(("rows", "cols", "gap"), [(2, 4, 0), (4, 2, 0), (4, 4, 5), (8, 4, 1)])
@pytest.mark.parametrize(("taps", "momentum", "write"), [(1, 0, 5), (3, 0, 5), (3, 1, 8)])
def test_schedule(rows, cols, gap, taps, momentum, write):
    config = replace(preset("tiny"), rows=rows, cols=cols, momentum=momentum == 1)
    in_tiles, out_tiles, base, channels = 3, 2, 17, 3 * rows - 1
    period = 2 * rows + gap
    tiles = [(o, tap, i) for o in range(out_tiles) for tap in range(taps) for i in range(in_tiles)]
    lasts = {4 + k * period: tile for k, tile in enumerate(tiles)}
    final = (taps - 1, in_tiles - 1)
    stimulus = [
        {"last": int(t in lasts), "last_tap": int(t in lasts and lasts[t][1:] == final)}
        for t in range(max(lasts) + period + 16)
    ]
    stimulus[0] |= {
        "restart": 1, "weight_base": base, "in_tiles": in_tiles, "in_channels": channels,
    }  # fmt: skip
    stimulus[1] |= {"restart": 0}
    names = ["fan_in", "fan_out", "coming_read", "weight_write", "weight_enable"]
    records = play(UpdateSchedule(config), stimulus, names)
    writes = {}
    for k, (last, (out_tile, tap, in_tile)) in enumerate(lasts.items()):
        for row in range(rows):
            t = last + 7 + 2 * row
            for cycle in (t, t + 1):
                assert records[cycle]["fan_in"] == tap * channels + in_tile * rows + row
                assert records[cycle]["fan_out"] == out_tile * cols
            assert records[t - 1]["coming_read"] == base + k * rows + row
            writes[t + write] = base + k * rows + row
    seen = {t: r["weight_write"] for t, r in enumerate(records) if r["weight_enable"]}
    assert seen == writes
