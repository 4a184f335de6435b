"""The sequencer with make-believe units against program.schedule: every start, every cycle."""

import random

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import WORDS, Descriptor, Operation
from lls_hw.gateware.sequencer import Sequencer
from lls_hw.program import schedule

TINY = preset("tiny")


def random_program(rng):
    """Any operations with any waits; lengths from a few cycles to a few hundred."""
    program = []
    for _ in range(rng.randrange(1, 7)):
        samples, tiles = rng.randrange(1, 4), rng.randrange(1, 3)
        program.append(
            Descriptor(
                operation=rng.choice([Operation.FORWARD, Operation.LOCAL, Operation.GRADIENT]),
                wait_array=bool(rng.randrange(2)), wait_local=bool(rng.randrange(2)),
                classifier=True, train=bool(rng.randrange(2)), layer=rng.randrange(8),
                samples=samples, classes=4 * tiles, channels=4 * tiles, out_tiles=tiles,
                pixels=samples, band=rng.randrange(1, 4), cell_bits=rng.choice([0, 0, 1]),
                x_base=rng.randrange(100), x_buffer=rng.randrange(100),
            )
        )  # fmt: skip
    return [*program, Descriptor(operation=Operation.END, train=bool(rng.randrange(2)))]


async def load(ctx, dut, program, first):
    """Writes a program behind `first` descriptors that must not run."""
    words = [0xFFFFFFFF] * (first * WORDS) + [word for d in program for word in d.words()]
    ctx.set(dut.program_enable, 1)
    for address, word in enumerate(words):
        ctx.set(dut.program_addr, address)
        ctx.set(dut.program_data, word)
        await ctx.tick()
    ctx.set(dut.program_enable, 0)


async def execute(ctx, dut, program, first, buffer):
    """Runs it; returns (cycle of each start, cycles in all, trained strobes)."""
    ctx.set(dut.run.payload, {"first": first, "buffer": buffer})
    ctx.set(dut.run.valid, 1)
    assert ctx.get(dut.run.ready)
    await ctx.tick()
    ctx.set(dut.run.valid, 0)
    operations = [d for d in program if d.operation != Operation.END]
    starts, cycle, trained = [], 0, 0
    array_until = local_until = 0
    while ctx.get(dut.busy):
        assert cycle < 20_000, "the sequencer hangs"
        if ctx.get(dut.start):
            d = operations[len(starts)]
            assert ctx.get(dut.gradient) == (d.operation == Operation.GRADIENT)
            operation = ctx.get(dut.operation)
            assert operation.layer == d.layer
            assert operation.x_base == d.x_base + buffer * d.x_buffer
            starts.append(cycle + 1)
            array_until = cycle + schedule.unit_cycles(TINY, d)
        ctx.set(dut.array_busy, cycle < array_until)
        ctx.set(dut.local_busy, cycle < local_until)
        if ctx.get(dut.local_valid):
            d = operations[len(starts)]
            assert ctx.get(dut.descriptor).layer == d.layer
            starts.append(cycle + 1)
            local_until = cycle + 1 + schedule.unit_cycles(TINY, d)
        trained += ctx.get(dut.trained)
        await ctx.tick()
        cycle += 1
    assert not ctx.get(dut.array_busy)
    return starts, cycle, trained


@pytest.mark.parametrize("seed", range(12))
def test_program(seed):
    rng = random.Random(seed)
    programs = [(random_program(rng), rng.randrange(3), rng.randrange(2)) for _ in range(2)]
    dut = Sequencer(TINY)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    outcomes = []

    async def bench(ctx):
        for program, first, buffer in programs:
            await load(ctx, dut, program, first)
            outcomes.append(await execute(ctx, dut, program, first, buffer))

    simulator.add_testbench(bench)
    simulator.run()
    assert len(outcomes) == len(programs)
    for (program, _, _), (starts, cycles, trained) in zip(programs, outcomes, strict=True):
        spans, total = schedule.run(TINY, program)
        assert starts == [span.start for span in spans]
        assert cycles == total
        assert trained == program[-1].train
