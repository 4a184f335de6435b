"""Memories of the UP5K's single-port cells against a dictionary and against block RAM."""

import random

import pytest
from amaranth.hdl import Elaboratable, Fragment
from amaranth.sim import Simulator

from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory.spram import CELL_DEPTH, Spram, SpramRam
from lls_hw.gateware.verilog import write_verilog
from tests.gateware.helpers import member


class Simulated(Elaboratable):
    """Elaborates a component for the UP5K, with models of its cells."""

    def __init__(self, component):
        self._component = component

    def elaborate(self, platform):
        return Fragment.get(self._component, Spram(simulate=True))


def play(ram, stimulus, lag):
    """Read data of each cycle; `lag` is how long `sync` comes behind `fast`, in periods of it."""
    simulator = Simulator(Simulated(ram))
    simulator.add_clock(2e-6, phase=(4 + lag) * 1e-6, domain="sync")
    simulator.add_clock(1e-6, phase=1e-6, domain="fast")
    seen = []

    async def bench(ctx):
        for inputs in stimulus:
            for name, value in inputs.items():
                ctx.set(member(ram, name), value)
            seen.append(ctx.get(ram.read.data))
            await ctx.tick()

    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("lag", [0, 0.1, 0.9])
@pytest.mark.parametrize(
    "width, depth, granularity", [(16, 2000, None), (16, CELL_DEPTH + 5, 8), (32, 1024, 8)]
)
def test_random_access(lag, width, depth, granularity):
    """A read and a write in every cycle, often of the same few addresses, but never of one."""
    rng = random.Random(width + depth)
    lanes = 1 if granularity is None else width // granularity
    places = [0, 1, 2, depth - 2, depth - 1, *rng.sample(range(3, depth - 2), 3)]
    words = dict.fromkeys(places, 0)
    stimulus = [
        {"read.addr": 7, "write.addr": p, "write.data": 0, "write.enable": (1 << lanes) - 1}
        for p in places
    ]
    skipped = len(stimulus)
    expected = []
    for _ in range(300):
        read, write = rng.sample(places, 2)
        value, enable = rng.randrange(1 << width), rng.randrange(1 << lanes)
        stimulus.append(
            {"read.addr": read, "write.addr": write, "write.data": value, "write.enable": enable}
        )
        expected.append(words[read])
        size = width // lanes
        for lane in range(lanes):
            if enable >> lane & 1:
                mask = ((1 << size) - 1) << lane * size
                words[write] = words[write] & ~mask | value & mask
    assert (
        play(Ram(width, depth, granularity=granularity), stimulus, lag)[skipped + 2 :]
        == (expected[:-2])
    )


@pytest.mark.parametrize(
    "depth, settings, large",
    [
        (1025, {}, True),
        (1024, {}, False),
        (4096, {"latency": 1}, False),
        (4096, {"init": [1]}, False),
        (4096, {"granularity": 8}, True),
        (4096, {"granularity": 2}, False),
    ],
)
def test_only_what_can_be_alike_becomes_one(depth, settings, large):
    verilog = write_verilog(Ram(16, depth, **settings), "top", Spram())
    assert ("SB_SPRAM256KA" in verilog) == large


def test_cells():
    assert [Spram.cells(16, depth) for depth in (1024, 1025, 16384, 16385)] == [0, 1, 1, 2]
    assert Spram.cells(36, 16384) == 3
    verilog = write_verilog(SpramRam(36, CELL_DEPTH + 1, 4), "top", Spram())
    assert verilog.count("SB_SPRAM256KA") == 6
