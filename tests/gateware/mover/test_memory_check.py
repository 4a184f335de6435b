"""The memory test against its pattern in Python, on memories that stall, and that are broken."""

import random
from collections import deque

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.memory_check import Pass, hashed, pattern
from lls_hw.gateware.mover.memory_check import MemoryTest

SLACK = 50
DEPTH = 1 << 24


class Bench:
    """A test with a memory of Python's.

    Parameters
    ----------
    stall : probability that a stream of the memory is not ready.
    latency : cycles from the command of a read to its element.
    broken : what the memory makes of the element at an address, for each of those that are broken.
    """

    def __init__(self, *, seed=0, stall=0.0, latency=5, broken=None):
        self.dut, self.rng = MemoryTest(), random.Random(seed)
        self.stall, self.latency, self.broken = stall, latency, broken or {}
        self.memory = {}

    def simulate(self, bench):
        simulator = Simulator(self.dut)
        simulator.add_clock(1e-6)

        async def testbench(ctx):
            await bench(ctx)

        simulator.add_testbench(testbench)
        simulator.run()

    async def run(self, ctx, what, first, count, inverted=False):
        """One pass; returns errors, first wrong address, its bits, all bits, cycles."""
        dut, external, cycle = self.dut, self.dut.external, 0
        for stream, value in (
            (dut.test_place, first),
            (dut.test_value, hashed(first)),
            (dut.test_pass, {"count": count, "what": what, "inverted": inverted}),
        ):
            ctx.set(stream.payload, value)
            ctx.set(stream.valid, 1)
            await ctx.tick()
            ctx.set(stream.valid, 0)
        writes, answers = deque(), deque()
        while ctx.get(dut.busy):
            assert cycle < (count / (1 - self.stall) + self.latency) * 2 + SLACK, "the pass hangs"
            for stream in (external.command, external.write_data):
                ctx.set(stream.ready, self.rng.random() >= self.stall)
            due = answers and answers[0][0] <= cycle and self.rng.random() >= self.stall
            ctx.set(external.read_data.valid, bool(due))
            if due:
                ctx.set(external.read_data.payload, answers.popleft()[1])
            if ctx.get(external.command.valid) and ctx.get(external.command.ready):
                command = ctx.get(external.command.payload)
                assert command.write == (what == Pass.WRITE)
                if command.write:
                    writes.append(command.addr)
                else:
                    kept = self.memory.get(command.addr, 0)
                    change = self.broken.get(command.addr, lambda element: element)
                    answers.append((cycle + self.latency, change(kept)))
            if ctx.get(external.write_data.valid) and ctx.get(external.write_data.ready):
                self.memory[writes.popleft()] = ctx.get(external.write_data.payload)
            await ctx.tick()
            cycle += 1
        ctx.set(external.read_data.valid, 0)
        assert not writes and not answers
        results = dut.results
        assert ctx.get(results.test_state.left) == 0 and not ctx.get(results.test_state.busy)
        found = ctx.get(results.test_found)
        wrong = ctx.get(results.test_wrong)
        return ctx.get(results.test_errors), wrong, found.first, found.every, cycle


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("inverted", [False, True])
def test_pattern(seed, inverted):
    """It is written exactly, wherever a pass begins, and found again."""
    stall = (0, 0.3, 0.7)[seed % 3]
    bench = Bench(seed=seed, stall=stall, latency=bench_latency(seed))

    async def passes(ctx):
        for first in (0, bench.rng.randrange(DEPTH), DEPTH - 60):
            bench.memory.clear()
            assert (await bench.run(ctx, Pass.WRITE, first, 60, inverted))[0] == 0
            expected = {first + k: pattern(first + k, inverted) for k in range(60)}
            assert bench.memory == expected
            assert (await bench.run(ctx, Pass.READ, first, 60, inverted))[0] == 0
            assert bench.memory == expected
            errors, wrong, _, every, _ = await bench.run(ctx, Pass.READ, first, 60, not inverted)
            assert (errors, wrong, every) == (60, first, 0xFFFF)

    bench.simulate(passes)


def bench_latency(seed):
    """Some latency of the memory, 1..20."""
    return 1 + seed * 7 % 20


@pytest.mark.parametrize("stall", [0, 0.5])
def test_wrong_elements_are_counted_and_the_first_is_named(stall):
    first, count = 0x123456, 80
    broken = {first + 17: lambda e: e ^ 0x0104, first + 18: lambda e: e | 0x8000,
              first + 79: lambda e: e ^ 0x0001}  # fmt: skip
    bench = Bench(seed=3, stall=stall, broken=broken)
    sets = ~pattern(first + 18) & 0x8000

    async def passes(ctx):
        await bench.run(ctx, Pass.WRITE, first, count)
        seen = await bench.run(ctx, Pass.READ, first, count)
        assert seen[:4] == (2 + bool(sets), first + 17, 0x0104, 0x0105 | sets)
        bench.broken = {}
        assert (await bench.run(ctx, Pass.READ, first, count))[0] == 0

    bench.simulate(passes)


def test_the_last_element_is_compared():
    bench = Bench(broken={5: lambda element: element ^ 2})

    async def passes(ctx):
        for latency in (1, 2, 9):
            bench.latency = latency
            await bench.run(ctx, Pass.WRITE, 0, 6)
            assert (await bench.run(ctx, Pass.READ, 0, 6))[:4] == (1, 5, 2, 2)

    bench.simulate(passes)


def test_cycles():
    """One element a cycle, and a pause of as many cycles as were asked for."""
    bench = Bench(latency=4)

    async def passes(ctx):
        for what, more in ((Pass.WRITE, 2), (Pass.READ, bench.latency + 1), (Pass.PAUSE, 1)):
            for count in (1, 7, 100):
                bench.memory = {k: pattern(k) for k in range(100)}
                cycles = (await bench.run(ctx, what, 0, count))[-1]
                assert cycles == count + more, (what, count)

    bench.simulate(passes)


def test_the_memory_is_somebody_elses_between_the_passes():
    bench = Bench()

    async def watch(ctx):
        dut = bench.dut
        ctx.set(dut.port.command.valid, 1)
        ctx.set(dut.port.command.payload, {"write": 1, "addr": 77})
        ctx.set(dut.port.write_data.valid, 1)
        ctx.set(dut.port.write_data.payload, 0xBEEF)
        for stream in (dut.external.command, dut.external.write_data):
            ctx.set(stream.ready, 1)
        assert ctx.get(dut.external.command.payload.addr) == 77
        assert ctx.get(dut.external.write_data.payload) == 0xBEEF
        assert ctx.get(dut.port.command.ready) and ctx.get(dut.port.write_data.ready)
        await bench.run(ctx, Pass.WRITE, 0, 20)
        assert bench.memory == {k: pattern(k) for k in range(20)}
        assert ctx.get(dut.port.command.ready)

    bench.simulate(watch)
