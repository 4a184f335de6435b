"""Deep memories in banks: as one memory, whatever the size of the banks."""

import random

import pytest

from lls_hw.gateware.memory.banked_ram import BANK_WORDS, BankedRam
from lls_hw.gateware.memory.spram import Spram
from tests.gateware.helpers import column, play

LATENCY = 3


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("width, depth", [(16, 2 * BANK_WORDS + 100), (8, BANK_WORDS), (5, 37)])
def test_reads_what_was_written(width, depth, wide):
    """Around the edges of the banks, with reads and writes in the same cycle."""
    rng = random.Random(depth)
    edges = {0, 1, depth - 1, *(b * BANK_WORDS + d for b in (1, 2) for d in (-1, 0, 1))}
    places = {a for a in edges if a < depth} | set(rng.sample(range(depth), 20))
    memory = {a: rng.randrange(1 << width) for a in sorted(places)}
    stimulus = [
        {"write.addr": a, "write.data": value, "write.enable": 1} for a, value in memory.items()
    ]
    expected = []
    write = max(places)
    for _ in range(100):
        read, write = rng.sample(sorted(places - {write} if wide else places), 2)
        value, enable = rng.randrange(1 << width), rng.randrange(2)
        expected.append(memory[read])
        stimulus.append(
            {"read.addr": read, "write.addr": write, "write.data": value, "write.enable": enable}
        )
        if enable:
            memory[write] = value
    latency = LATENCY + wide
    stimulus += [{"write.enable": 0}] * latency
    records = play(BankedRam(width, depth, wide=wide), stimulus, ["read.data"])
    assert column(records, "read.data", len(places) + latency, 100) == expected


def test_lanes():
    """Each write-enable bit covers its part of the word."""
    address = BANK_WORDS + 1
    stimulus = [
        {"write.addr": address, "read.addr": address, "write.data": 0x1111, "write.enable": 3},
        {"write.data": 0x2222, "write.enable": 2},
        *[{"write.enable": 0}] * 5,
    ]
    records = play(BankedRam(16, BANK_WORDS + 2, granularity=8), stimulus, ["read.data"])
    assert records[-1]["read.data"] == 0x2211


def test_banks_of_the_technology():
    """The UP5K's SPRAM holds 16,384 words: one cell a 16-bit memory, not four."""
    assert Spram.bank_words == 1 << 14
