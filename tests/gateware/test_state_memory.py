"""Memory of channel states: reads, writes and the copy; no read that meets a write is used."""

import random

import pytest
from amaranth.lib import data

from lls_hw.gateware.channels.memory import StateMemory
from lls_hw.gateware.memory.ram import Ram
from tests.gateware.helpers import play

DEPTH = 8
LAYOUT = data.StructLayout({"low": 8, "high": 4})


@pytest.fixture(autouse=True)
def poison(monkeypatch):
    monkeypatch.setattr(Ram, "poison", True)


def memory():
    return StateMemory(DEPTH, LAYOUT, lambda state: state.high)


def written(states):
    """The host writes these states, (low, high) each, from address 0 on."""
    cycles = [
        {
            "host_write.enable": 1,
            "host_write.addr": k,
            "host_write.data": {"low": low, "high": high},
        }
        for k, (low, high) in enumerate(states)
    ]
    return [*cycles, {"host_write.enable": 0}]


def found(records, name="old"):
    return [(record[f"{name}.low"], record[f"{name}.high"]) for record in records]


def test_states_change_in_place():
    """Random states, each asked for again as soon as it is written."""
    rng = random.Random(0)
    states = [(rng.randrange(256), rng.randrange(16)) for _ in range(DEPTH)]
    start, cycles = len(written(states)), 200
    stimulus = [*written(states), *({} for _ in range(cycles + StateMemory.CYCLES))]
    last, expected = [-StateMemory.CYCLES] * DEPTH, {}
    for cycle in range(cycles):
        addr = rng.randrange(DEPTH)
        ask = cycle - last[addr] > StateMemory.CYCLES and rng.random() < 0.8
        stimulus[start + cycle] |= {"ask": int(ask), "addr": addr}
        if ask:
            last[addr] = cycle
            expected[start + cycle + StateMemory.READ_LATENCY] = states[addr]
            states[addr] = (rng.randrange(256), rng.randrange(16))
            low, high = states[addr]
            stimulus[start + cycle + StateMemory.CYCLES] |= {"new": {"low": low, "high": high}}
    stimulus[start + cycles] |= {"ask": 0}
    records = play(memory(), stimulus, ["old.low", "old.high"])
    assert {cycle: found(records)[cycle] for cycle in expected} == expected
    assert len(expected) > 50


@pytest.mark.parametrize("gap", range(1, 8))
def test_a_state_that_did_not_change_may_be_asked_for_at_any_time(gap):
    """The second time it changes."""
    before, after = {"low": 77, "high": 9}, {"low": 5, "high": 6}
    stimulus = [*written([(0, 0), (77, 9)]), *({} for _ in range(30))]
    start = 10
    stimulus[start] |= {"ask": 1, "addr": 1, "copy.addr": 1}
    for cycle in range(start + 1, start + 20):
        stimulus[cycle] |= {"ask": int(cycle == start + gap)}
    stimulus[start + StateMemory.CYCLES] |= {"new": before}
    stimulus[start + gap + StateMemory.CYCLES] |= {"new": after}
    stimulus[start + 20] |= {"host_read.addr": 1}
    names = ["old.low", "old.high", "host_read.data.low", "host_read.data.high", "copy.data"]
    records = play(memory(), stimulus, names)
    assert found(records)[start + gap + StateMemory.READ_LATENCY] == (77, 9)
    assert found(records, "host_read.data")[-1] == (5, 6)
    assert records[-1]["copy.data"] == 6
