"""The stream buffer: order, throughput, and no combinational path through it."""

import random

import pytest
from amaranth.sim import Simulator

from lls_hw.gateware.stream_buffer import StreamBuffer
from tests.link.bench import Bench

WORDS = random.Random(1).randbytes(200)


@pytest.mark.parametrize("stalls", [(0.0, 0.0), (0.8, 0.0), (0.0, 0.8), (0.5, 0.5)])
def test_words_pass_in_order(stalls):
    out: list[int] = []
    bench = Bench(dut := StreamBuffer(8))
    bench.feed(dut.i, WORDS, stall=stalls[0])
    bench.collect(dut.o, out, stall=stalls[1])
    bench.run(lambda: len(out) == len(WORDS))
    assert bytes(out) == WORDS
    if stalls == (0.0, 0.0):
        assert bench.cycles <= len(WORDS) + 3


def test_outputs_are_registered():
    """Inputs that change within a cycle change no output in it."""
    dut, rng = StreamBuffer(8), random.Random(2)

    async def bench(ctx):
        for _ in range(200):
            seen = set()
            for _ in range(3):
                ctx.set(dut.i.valid, rng.randrange(2))
                ctx.set(dut.i.payload, rng.randrange(256))
                ctx.set(dut.o.ready, rng.randrange(2))
                await ctx.delay(1e-8)
                seen.add((ctx.get(dut.i.ready), ctx.get(dut.o.valid), ctx.get(dut.o.payload)))
            assert len(seen) == 1
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
