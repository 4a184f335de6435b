"""Runs a component with byte streams in Amaranth's simulator, with a deadline."""

import random

from amaranth.hdl import Elaboratable
from amaranth.sim import Simulator

__all__ = ["CONTENT", "STALLS", "Bench"]

STALLS = [(0.0, 0.0), (0.7, 0.0), (0.0, 0.9), (0.5, 0.5)]
"""How often the streams before and after a block do nothing."""

CONTENT = bytes([0x7E, 0x7D, 0x5E, 0x5D, 0, 0xFF, 0x7D, 0x7D, 0x7E])
"""Content of a frame: what is escaped, and what looks like it."""


class Bench:
    """A simulation in which the testbench feeds and collects streams.

    `stall` is the probability of a cycle in which a stream does nothing.
    """

    def __init__(self, dut: Elaboratable, deadline: int = 100_000) -> None:
        self.dut = dut
        self._sim = Simulator(dut)
        self._sim.add_clock(1e-6)
        self._deadline = deadline
        self.cycles = 0
        """Cycles that have passed."""

    def feed(self, stream, payloads, *, stall: float = 0.0, seed: int = 0) -> None:
        """Put the payloads into the stream."""
        random_ = random.Random(seed)

        async def testbench(ctx):
            for payload in payloads:
                while random_.random() < stall:
                    await ctx.tick()
                ctx.set(stream.payload, payload)
                ctx.set(stream.valid, 1)
                await ctx.tick().until(stream.ready)
                ctx.set(stream.valid, 0)

        self._sim.add_testbench(testbench)

    def collect(self, stream, into: list, *, stall: float = 0.0, seed: int = 1) -> None:
        """Append what comes out of the stream to a list."""
        random_ = random.Random(seed)

        async def testbench(ctx):
            while True:
                while random_.random() < stall:
                    await ctx.tick()
                ctx.set(stream.ready, 1)
                valid = False
                while not valid:
                    _, _, valid, payload = await ctx.tick().sample(stream.valid, stream.payload)
                into.append(payload)
                ctx.set(stream.ready, 0)

        self._sim.add_testbench(testbench, background=True)

    def watch(self, strobe, value, into: list) -> None:
        """Append `value` to a list in each cycle with `strobe`."""

        async def testbench(ctx):
            while True:
                _, _, set_, item = await ctx.tick().sample(strobe, value)
                if set_:
                    into.append(item)

        self._sim.add_testbench(testbench, background=True)

    def add(self, testbench) -> None:
        """Another testbench."""
        self._sim.add_testbench(testbench)

    def run(self, done=lambda: True, settle: int = 0) -> None:
        """Until all feeds are through, `done()` holds, and `settle` cycles more."""

        async def clock(ctx):
            async for _ in ctx.tick():
                self.cycles += 1
                assert self.cycles < self._deadline, "the simulation hangs"

        async def finish(ctx):
            while not done():
                await ctx.tick()
            for _ in range(settle):
                await ctx.tick()

        self._sim.add_process(clock)
        self._sim.add_testbench(finish)
        self._sim.run()
