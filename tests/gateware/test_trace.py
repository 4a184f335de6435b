"""Trace: starts and ends of operations that follow one another closely, at any depth."""

from dataclasses import replace

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.trace import trace_address, trace_elements
from lls_hw.contract.units import Unit, units_of
from lls_hw.gateware.trace import Trace
from tests.gateware.helpers import play

TINY = preset("tiny")
DEPTHS = (2, 16, 23, 64)
LENGTHS = (9, 4, 12)
"""Cycles of three operations of a unit, the first of each in which it starts."""


def events(unit, indices, gap):
    """Inputs of each cycle, and the starts and ends they mean: `gap` cycles seen idle."""
    stimulus, times, cycle = [], [], 0
    for index, length in zip(indices, LENGTHS, strict=False):
        times.append((cycle, cycle + length))
        for k in range(length + gap):
            inputs = {f"{unit}.start": k == 0, f"{unit}.busy": 0 < k < length}
            stimulus.append({"cycle": cycle, f"{unit}.index": index, **inputs})
            cycle += 1
    rest = {f"{unit}.start": 0, f"{unit}.busy": 0}
    stimulus += [{"cycle": cycle + k, **rest} for k in range(4)]
    return stimulus, times


def read(config, stimulus, places):
    """(start, end) of each (unit, index), read after the stimulus."""
    addresses = [trace_address(config, *place) + end for place in places for end in (0, 1)]
    assert max(addresses) < trace_elements(config)
    stimulus = [*stimulus, *({"read.addr": address} for address in addresses)]
    stimulus += [{}] * Trace.LATENCY
    seen = [record["read.data"] for record in play(Trace(config), stimulus, ["read.data"])]
    answers = seen[-len(addresses) :]
    return list(zip(answers[::2], answers[1::2], strict=True))


@pytest.mark.parametrize("unit", units_of(TINY), ids=lambda unit: unit.name)
@pytest.mark.parametrize("gap", [0, 1, 2, 3])
def test_every_start_and_end_is_kept(unit, gap):
    indices = (1, 4, 7)
    stimulus, times = events(unit.name.lower(), indices, gap)
    assert read(TINY, stimulus, [(unit, index) for index in indices]) == times


@pytest.mark.parametrize("depth", DEPTHS)
def test_units_keep_apart_at_any_depth(depth):
    """First and last descriptors, the events of both units in the same cycles."""
    config = replace(TINY, program_depth=depth)
    first, last = (0, depth - 1), (depth - 1, 0)
    array, array_times = events("array", first, 1)
    local, local_times = events("local", last, 1)
    stimulus = [a | b for a, b in zip(array, local, strict=True)]
    places = [(Unit.ARRAY, index) for index in first] + [(Unit.LOCAL, index) for index in last]
    assert read(config, stimulus, places) == array_times + local_times


@pytest.mark.parametrize("depth", [2, 3, 16, 23, 64, 100])
def test_every_descriptor_has_two_elements_of_its_own(depth):
    config = replace(TINY, program_depth=depth)
    addresses = {
        trace_address(config, unit, index) + end
        for unit in units_of(config)
        for index in range(depth)
        for end in (0, 1)
    }
    assert len(addresses) == 2 * len(units_of(config)) * depth
    assert addresses <= set(range(trace_elements(config)))


def test_an_engine_without_a_trace_has_no_elements():
    assert trace_elements(replace(TINY, trace=False)) == 0
