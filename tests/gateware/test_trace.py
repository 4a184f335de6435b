"""Trace: starts and ends of operations that follow one another closely."""

import pytest

from lls_hw.contract.config import preset
from lls_hw.gateware.trace import Trace
from tests.gateware.helpers import play

CONFIG = preset("tiny")
LENGTHS = (9, 4, 12)
"""Cycles of three operations of a unit, the first of each in which it starts."""


def events(unit, gap):
    """Inputs of each cycle, and the starts and ends they mean: `gap` cycles seen idle."""
    stimulus, times, cycle = [], [], 0
    for number, length in enumerate(LENGTHS):
        times.append((cycle, cycle + length))
        for k in range(length + gap):
            index = "array_index" if unit == "array" else "index"
            busy = 0 < k < length
            start = k == 0
            inputs = {f"{unit}_start": start, f"{unit}_busy": busy, index: 3 * number + 1}
            stimulus.append({"cycle": cycle, **inputs})
            cycle += 1
    rest = {f"{unit}_start": 0, f"{unit}_busy": 0}
    stimulus += [{"cycle": cycle + k, **rest} for k in range(4)]
    return stimulus, times


@pytest.mark.parametrize("unit", ["array", "local"])
@pytest.mark.parametrize("gap", [0, 1, 2, 3])
def test_every_start_and_end_is_kept(unit, gap):
    stimulus, times = events(unit, gap)
    base = 2 * CONFIG.program_depth * (unit == "local")
    reads = [base + 2 * (3 * number + 1) + end for number in range(len(LENGTHS)) for end in (0, 1)]
    stimulus += [{"read_addr": address} for address in reads] + [{}] * 2
    seen = [record["read_data"] for record in play(Trace(CONFIG), stimulus, ["read_data"])]
    assert seen[-len(reads) :] == [time for pair in times for time in pair]
