"""The mover between two make-believe memories: every element, with and without stalls."""

import random
from collections import deque
from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.descriptor import MoveDescriptor
from lls_hw.contract.timing_mover import FILL_LATENCY, WRITE_BACK_LATENCY
from lls_hw.contract.units import Operation
from lls_hw.gateware.array.weight_moves import WeightMoves
from lls_hw.gateware.mover.mover import Mover, buffer_depth

TINY = replace(preset("tiny"), external_depth=1 << 16)
WIDE = replace(TINY, cols=32, rows=16)
DEADLINE = 20_000


class Bench:
    """Both memories; each side stalls with probability `stall`."""

    def __init__(self, config, seed, stall, latency=5):
        self.config, self.stall, self.latency = config, stall, latency
        self.random = random.Random(seed)
        self.external = {}
        self.weights = {}
        self.dut = Mover(config)

    def at(self, place):
        """The first content of a place."""
        return hash(place) & 0xFFFF

    async def run(self, ctx, d):
        """Carries out one operation; returns its cycles."""
        dut, cols = self.dut, self.config.cols
        ctx.set(dut.command.payload, {
            "operation": d.operation, "count": d.count, "external_base": d.external_base,
            "weight_base": d.weight_base,
        })  # fmt: skip
        ctx.set(dut.command.valid, 1)
        await ctx.tick()
        ctx.set(dut.command.valid, 0)
        answers, writes, values = deque(), deque(), deque()
        elements, cycle, free, taken = deque(), 0, 0, 0
        while ctx.get(dut.busy):
            assert cycle < DEADLINE, "the mover hangs"
            ready = {
                name: self.random.random() >= self.stall
                for name in ("command", "data", "write", "read")
            }
            ready["read"] &= cycle >= free
            ctx.set(dut.external.command.ready, ready["command"])
            ctx.set(dut.external.write_data.ready, ready["data"])
            ctx.set(dut.weights.write.ready, ready["write"])
            ctx.set(dut.weights.read.ready, ready["read"])
            answer = answers and answers[0][0] <= cycle and self.random.random() >= self.stall
            ctx.set(dut.external.read_data.valid, bool(answer))
            if answer:
                ctx.set(dut.external.read_data.payload, answers.popleft()[1])
            element = elements and elements[0][0] == cycle
            ctx.set(dut.weights.element.valid, bool(element))
            if element:
                ctx.set(dut.weights.element.payload, elements.popleft()[1])
            assert ctx.get(dut.external.read_data.ready)
            if ready["command"] and ctx.get(dut.external.command.valid):
                command = ctx.get(dut.external.command.payload)
                if command.write:
                    writes.append(command.addr)
                else:
                    value = self.external.get(command.addr, self.at(command.addr))
                    answers.append((cycle + self.latency, value))
            if ready["data"] and ctx.get(dut.external.write_data.valid):
                values.append(ctx.get(dut.external.write_data.payload))
            while writes and values:
                self.external[writes.popleft()] = values.popleft()
            if ready["write"] and ctx.get(dut.weights.write.valid):
                place = ctx.get(dut.weights.write.payload)
                self.weights[place.addr, place.column] = place.value
                taken += 1
            if ready["read"] and ctx.get(dut.weights.read.valid):
                word, free = ctx.get(dut.weights.read.payload), cycle + cols
                for c in range(cols):
                    value = self.weights.get((word, c), self.at((word, c)))
                    elements.append((cycle + WeightMoves.LATENCY + c, value))
            await ctx.tick()
            cycle += 1
        ctx.set(dut.external.read_data.valid, 0)
        ctx.set(dut.weights.element.valid, 0)
        assert not answers and not writes and not values and not elements
        assert taken == (d.count if d.operation == Operation.FILL else 0)
        return cycle


def expect(bench, d):
    """What the operation leaves in both memories, from what they held before."""
    external, weights, cols = dict(bench.external), dict(bench.weights), bench.config.cols
    for k in range(d.count):
        outside, inside = d.external_base + k, (d.weight_base + k // cols, k % cols)
        if d.operation == Operation.FILL:
            weights[inside] = external.get(outside, bench.at(outside))
        else:
            external[outside] = weights.get(inside, bench.at(inside))
    return external, weights


def simulate(bench, operations):
    """Runs them one after the other; compares both memories after each. Returns their cycles."""
    simulator = Simulator(bench.dut)
    simulator.add_clock(1e-6)
    cycles = []

    async def testbench(ctx):
        for d in operations:
            expected = expect(bench, d)
            cycles.append(await bench.run(ctx, d))
            assert (bench.external, bench.weights) == expected

    simulator.add_testbench(testbench)
    simulator.run()
    return cycles


@pytest.mark.parametrize("config", [TINY, WIDE], ids=["tiny", "wide"])
@pytest.mark.parametrize("seed", range(6))
def test_every_element(config, seed):
    rng = random.Random(seed)
    operations = [
        MoveDescriptor(
            operation=rng.choice([Operation.FILL, Operation.WRITE_BACK]),
            count=config.cols * rng.randrange(1, 12),
            external_base=rng.randrange(64),
            weight_base=rng.randrange(16),
        )
        for _ in range(6)
    ]
    bench = Bench(config, seed, stall=(0, 0.3, 0.7)[seed % 3], latency=rng.randrange(1, 40))
    assert len(simulate(bench, operations)) == 6


@pytest.mark.parametrize("operation", [Operation.FILL, Operation.WRITE_BACK])
@pytest.mark.parametrize("config", [TINY, WIDE], ids=["tiny", "wide"])
def test_one_element_a_cycle(config, operation):
    """Where neither side stalls, and the buffer hides the latency."""
    long, short = (
        MoveDescriptor(operation=operation, count=config.cols * words) for words in (20, 10)
    )
    bench = Bench(config, 0, stall=0)
    assert buffer_depth(config) > bench.latency
    latency = bench.latency + FILL_LATENCY if operation == Operation.FILL else WRITE_BACK_LATENCY
    cycles = simulate(bench, [long, short])
    assert cycles == [latency + words * config.cols for words in (20, 10)]
