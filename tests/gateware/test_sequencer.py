"""The sequencer with make-believe units against program.schedule: every start, every cycle."""

import random

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import WORDS, ArrayDescriptor, Descriptor, LocalDescriptor
from lls_hw.contract.units import Operation, Unit
from lls_hw.gateware.sequencer import Sequencer
from lls_hw.program import schedule

TINY = preset("tiny")


def random_program(rng):
    """Any operations with any waits; lengths from a few cycles to a few hundred."""
    program = []
    for _ in range(rng.randrange(1, 7)):
        samples, tiles = rng.randrange(1, 4), rng.randrange(1, 3)
        common = {
            "wait": frozenset(unit for unit in Unit if rng.randrange(2)),
            "train": bool(rng.randrange(2)),
            "layer": rng.randrange(8),
            "classifier": True,
            "samples": samples,
        }
        operation = rng.choice([Operation.FORWARD, Operation.LOCAL, Operation.GRADIENT])
        if operation == Operation.LOCAL:
            cells = rng.choice([1, 1, 4])
            length = 4 * tiles * cells
            program.append(
                LocalDescriptor(
                    **common, classes=length, channels=4 * tiles, tiles=tiles, length=length,
                    words=tiles * cells,
                )
            )  # fmt: skip
        else:
            program.append(
                ArrayDescriptor(
                    **common, operation=operation, out_tiles=tiles, pixels=samples,
                    band=rng.randrange(1, 4), x_base=rng.randrange(100),
                    x_buffer=rng.randrange(100),
                )
            )  # fmt: skip
    return [*program, Descriptor(train=bool(rng.randrange(2)), wait=frozenset({Unit.ARRAY}))]


async def load(ctx, dut, program, first):
    """Writes a program after `first` descriptors that must not run."""
    elements = [0xFFFFFFFF] * (first * WORDS) + [e for d in program for e in d.elements()]
    ctx.set(dut.program.valid, 1)
    for address, element in enumerate(elements):
        ctx.set(dut.program.payload, {"addr": address, "data": element})
        await ctx.tick()
    ctx.set(dut.program.valid, 0)


async def execute(ctx, dut, program, first, buffer):
    """Runs it; returns (cycle of each start, cycles in all, trained strobes, cycles of waiting)."""
    ctx.set(dut.run.payload, {"first": first, "buffer": buffer})
    ctx.set(dut.run.valid, 1)
    assert ctx.get(dut.run.ready)
    await ctx.tick()
    ctx.set(dut.run.valid, 0)
    operations = [d for d in program if d.operation != Operation.END]
    starts, cycle, trained, waiting = [], 0, 0, 0
    array_until = local_until = 0
    while ctx.get(dut.busy):
        assert cycle < 20_000, "the sequencer hangs"
        if ctx.get(dut.start):
            d = operations[len(starts)]
            assert ctx.get(dut.gradient) == (d.operation == Operation.GRADIENT)
            operation = ctx.get(dut.operation)
            assert operation.layer == d.layer
            assert operation.x_base == d.x_base + buffer * d.x_buffer
            assert ctx.get(dut.array_index) == first + len(starts)
            starts.append(cycle + 1)
            array_until = cycle + schedule.unit_cycles(TINY, d)
        busy = {Unit.ARRAY: cycle < array_until, Unit.LOCAL: cycle < local_until}
        ctx.set(dut.unit_busy, sum(works << unit for unit, works in busy.items()))
        if ctx.get(dut.local.valid):
            d = operations[len(starts)]
            assert ctx.get(dut.index) == first + len(starts)
            local = ctx.get(dut.local.payload)
            assert (local.layer, local.words, local.classes) == (d.layer, d.words, d.classes)
            assert local.label_base == buffer * TINY.max_batch
            starts.append(cycle + 1)
            local_until = cycle + schedule.unit_cycles(TINY, d)
        trained += ctx.get(dut.trained)
        waiting += ctx.get(dut.waiting)
        await ctx.tick()
        cycle += 1
    assert not ctx.get(dut.unit_busy[Unit.ARRAY])
    return starts, cycle, trained, waiting


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
    for (program, _, _), (starts, cycles, trained, waiting) in zip(programs, outcomes, strict=True):
        spans, total = schedule.run(TINY, program)
        assert starts == [span.start for span in spans]
        assert cycles == total
        assert trained == program[-1].train
        assert waiting == schedule.wait_cycles(spans)
