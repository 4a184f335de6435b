"""When a beat's sums pass the accumulator of column 0."""

import random
from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.array.sum_timing import SumTiming
from tests.gateware.helpers import play


@pytest.mark.parametrize("gradient", [0, 1])
@pytest.mark.parametrize("rows", [2, 4, 8])
def test_each_field_has_its_cycle(rows, gradient):
    """Read at rows + 4, sum at rows + 6, write at rows + 7; gradients write nothing."""
    config = replace(preset("tiny"), rows=rows)
    rng = random.Random(rows)
    names = ("valid", "first_sum", "last_sum")
    beats = [
        {name: rng.randrange(2) for name in names} | {"index": rng.randrange(64)} for _ in range(50)
    ]
    stimulus = [{"gradient": gradient, "beat": beat} for beat in beats]
    stimulus += [{"beat": {}}] * (rows + 7)
    records = [record["token"] for record in play(SumTiming(config), stimulus, ["token"])]
    for t, beat in enumerate(beats):
        counts = beat["valid"] and not gradient
        assert records[t + rows + 4].read_addr == beat["index"]
        assert records[t + rows + 6].first == beat["first_sum"]
        written = records[t + rows + 7]
        assert written.write_addr == beat["index"]
        assert written.write_enable == counts
        assert written.emit == (counts and beat["last_sum"])
