"""The update schedule against a plain loop nest."""

from dataclasses import replace

import pytest

from lls_hw.config import preset
from lls_hw.gateware.update_schedule import UpdateSchedule
from tests.gateware.helpers import play


@pytest.mark.parametrize(("rows", "cols", "gap"), [(2, 4, 0), (4, 2, 0), (4, 4, 5), (8, 4, 1)])
def test_schedule(rows, cols, gap):
    config = replace(preset("tiny"), rows=rows, cols=cols)
    in_tiles, out_tiles, base = 3, 2, 17
    period = 2 * rows + gap
    lasts = [4 + k * period for k in range(in_tiles * out_tiles)]
    stimulus = [{"last": int(t in lasts)} for t in range(lasts[-1] + period + 16)]
    stimulus[0] |= {"restart": 1, "weight_base": base, "in_tiles": in_tiles}
    stimulus[1] |= {"restart": 0}
    names = ["fan_in", "fan_out", "weight_read", "weight_write", "weight_enable"]
    records = play(UpdateSchedule(config), stimulus, names)
    writes = {}
    for k, last in enumerate(lasts):
        for row in range(rows):
            t = last + 7 + 2 * row
            for cycle in (t, t + 1):
                assert records[cycle]["fan_in"] == k % in_tiles * rows + row
                assert records[cycle]["fan_out"] == k // in_tiles * cols
            assert records[t + 1]["weight_read"] == base + k * rows + row
            writes[t + 4] = base + k * rows + row
    seen = {t: r["weight_write"] for t, r in enumerate(records) if r["weight_enable"]}
    assert seen == writes
