"""The block RAM against a dictionary: latency, write enables, collisions."""

import random

import pytest

from lls_hw.gateware.memory.ram import Ram
from tests.gateware.helpers import play


@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("granularity", [None, 8])
def test_random_access(latency, granularity):
    """Reads and writes in every cycle, not of the same address."""
    rng = random.Random(latency)
    width, depth = 24, 6
    init = [3, 1, 4, 1, 5]
    lanes = 1 if granularity is None else width // granularity
    words = init + [0]
    stimulus, expected = [], []
    for _ in range(300):
        read, write = rng.sample(range(depth), 2)
        value, enable = rng.randrange(1 << width), rng.randrange(1 << lanes)
        stimulus.append(
            {"read.addr": read, "write.addr": write, "write.data": value, "write.enable": enable}
        )
        expected.append(words[read])
        for lane in range(lanes):
            if enable >> lane & 1:
                mask = ((1 << width // lanes) - 1) << lane * (width // lanes)
                words[write] = words[write] & ~mask | value & mask
    ram = Ram(width, depth, granularity=granularity, latency=latency, init=init)
    records = play(ram, stimulus, ["read.data"])
    assert [record["read.data"] for record in records[latency:]] == expected[:-latency]


def test_poison(monkeypatch):
    """In a simulation that looks for them, reads that meet a write return rubbish."""
    monkeypatch.setattr(Ram, "poison", True)
    write = {"write.addr": 1, "write.data": 7, "write.enable": 1}
    stimulus = [write, {"read.addr": 1, "write.enable": 1}, {"write.enable": 0}, {}]
    records = play(Ram(8, 4, latency=1), stimulus, ["read.data"])
    assert [record["read.data"] for record in records[2:]] == [0xF8, 7]
