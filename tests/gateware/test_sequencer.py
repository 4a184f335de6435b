"""The sequencer with make-believe units against program.schedule: every start, every cycle."""

import random
from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import (
    WORDS,
    ArrayDescriptor,
    Descriptor,
    LocalDescriptor,
    MoveDescriptor,
)
from lls_hw.contract.units import Operation, Unit, units_of
from lls_hw.gateware.sequencer import Sequencer
from lls_hw.program import schedule

TINY = preset("tiny")
EXTERNAL = replace(TINY, external_depth=1 << 16)


def random_program(rng, config):
    """Any operations with any waits; lengths from a few cycles to a few hundred."""
    units = units_of(config)
    program = []
    for _ in range(rng.randrange(1, 7)):
        samples, tiles = rng.randrange(1, 4), rng.randrange(1, 3)
        common = {
            "wait": frozenset(unit for unit in units if rng.randrange(2)),
            "train": bool(rng.randrange(2)),
            "layer": rng.randrange(8),
        }
        operation = rng.choice([op for op in Operation if op.unit in units])
        if operation.unit is Unit.MOVER:
            program.append(
                MoveDescriptor(
                    **common, operation=operation, count=4 * rng.randrange(1, 60),
                    weight_base=rng.randrange(100), external_base=rng.randrange(1 << 16),
                )
            )  # fmt: skip
            continue
        common |= {"classifier": True, "samples": samples}
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
    return [*program, Descriptor(train=bool(rng.randrange(2)), wait=frozenset({units[-1]}))]


async def load(ctx, dut, program, first):
    """Writes a program after `first` descriptors that must not run."""
    elements = [0xFFFFFFFF] * (first * WORDS) + [e for d in program for e in d.elements()]
    ctx.set(dut.program.valid, 1)
    for address, element in enumerate(elements):
        ctx.set(dut.program.payload, {"addr": address, "data": element})
        await ctx.tick()
    ctx.set(dut.program.valid, 0)


async def execute(ctx, dut, config, program, first, buffer):
    """Runs it; returns (cycle of each start, cycles in all, trained strobes, cycles of waiting,
    cycles of waiting for the mover alone)."""
    ctx.set(dut.run.payload, {"first": first, "buffer": buffer})
    ctx.set(dut.run.valid, 1)
    assert ctx.get(dut.run.ready)
    await ctx.tick()
    ctx.set(dut.run.valid, 0)
    operations = [d for d in program if d.operation != Operation.END]
    starts, cycle, trained, waiting, starving = [], 0, 0, 0, 0
    under_way = None
    until = dict.fromkeys(units_of(config), 0)
    while ctx.get(dut.busy):
        assert cycle < 20_000, "the sequencer hangs"
        if ctx.get(dut.start):
            d = operations[len(starts)]
            assert ctx.get(dut.gradient) == (d.operation == Operation.GRADIENT)
            operation = ctx.get(dut.operation)
            assert operation.layer == d.layer
            assert operation.x_base == d.x_base + buffer * d.x_buffer
            assert ctx.get(dut.array_events.index) == first + len(starts)
            starts.append(cycle + 1)
            until[Unit.ARRAY] = cycle + schedule.unit_cycles(config, d)
            under_way = operation, d.operation == Operation.GRADIENT
        if cycle < until[Unit.ARRAY]:  # the next one may come as soon as the array is idle
            assert (ctx.get(dut.operation), ctx.get(dut.gradient)) == under_way
        ctx.set(dut.unit_busy, sum((cycle < end) << unit for unit, end in until.items()))
        if ctx.get(dut.local.valid):
            d = operations[len(starts)]
            assert ctx.get(dut.local_events.index) == first + len(starts)
            local = ctx.get(dut.local.payload)
            assert (local.layer, local.words, local.classes) == (d.layer, d.words, d.classes)
            assert local.label_base == buffer * TINY.max_batch
            starts.append(cycle + 1)
            until[Unit.LOCAL] = cycle + schedule.unit_cycles(config, d)
        if config.external_depth and ctx.get(dut.mover.valid):
            d = operations[len(starts)]
            assert ctx.get(dut.mover_events.index) == first + len(starts)
            move = ctx.get(dut.mover.payload)
            assert (move.operation, move.count) == (d.operation, d.count)
            assert (move.weight_base, move.external_base) == (d.weight_base, d.external_base)
            starts.append(cycle + 1)
            until[Unit.MOVER] = cycle + schedule.unit_cycles(config, d)
        trained += ctx.get(dut.trained)
        waiting += ctx.get(dut.waiting)
        starving += ctx.get(dut.starving)
        await ctx.tick()
        cycle += 1
    assert not ctx.get(dut.unit_busy[units_of(config)[-1]])
    return starts, cycle, trained, waiting, starving


@pytest.mark.parametrize("config", [TINY, EXTERNAL], ids=["", "external"])
@pytest.mark.parametrize("seed", range(12))
def test_program(seed, config):
    rng = random.Random(seed)
    programs = [(random_program(rng, config), rng.randrange(3), rng.randrange(2)) for _ in range(2)]
    dut = Sequencer(config)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    outcomes = []

    async def bench(ctx):
        for program, first, buffer in programs:
            await load(ctx, dut, program, first)
            outcomes.append(await execute(ctx, dut, config, program, first, buffer))

    simulator.add_testbench(bench)
    simulator.run()
    assert len(outcomes) == len(programs)
    for (program, _, _), outcome in zip(programs, outcomes, strict=True):
        starts, cycles, trained, waiting, starving = outcome
        spans, total = schedule.run(schedule.Sequencer(config), program)
        assert starts == [span.start for span in spans]
        assert cycles == total
        assert trained == program[-1].train
        assert waiting == schedule.wait_cycles(spans)
        assert starving == schedule.memory_wait_cycles(schedule.Sequencer(config), program)
