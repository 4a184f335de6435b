"""Stored samples: every byte and label arrives, whatever stalls, beside the mover's accesses."""

import random
from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module
from amaranth.lib.wiring import connect
from amaranth.sim import Simulator

from lls_hw.contract.config import IMAGE_BANKS, preset
from lls_hw.contract.registers import IMAGE_PLACE, SAMPLE
from lls_hw.contract.samples import pack_samples, sample_elements
from lls_hw.contract.timing_mover import TURN
from lls_hw.gateware.mover.sample_fetch import SampleFetch
from lls_hw.gateware.mover.turns import ExternalTurns

CONFIG = replace(preset("tiny"), external_depth=1 << 16)
DEADLINE = 20_000
BASE = 1000
WIDTH = 5
OTHER = 1 << 16
"""Where the other user of the memory reads."""


class Parts(Elaboratable):
    """The fetch, and the turns that it shares with another user."""

    def __init__(self):
        self.fetch, self.turns = SampleFetch(CONFIG), ExternalTurns()

    def elaborate(self, platform):
        m = Module()
        m.submodules.fetch, m.submodules.turns = self.fetch, self.turns
        connect(m, self.fetch.external, self.turns.samples)
        return m


class Bench:
    """An external memory, another user of it, and memories that take the samples."""

    def __init__(self, seed, stall, busy, latency=6):
        self.random, self.stall, self.busy, self.latency = random.Random(seed), stall, busy, latency
        self.dut = Parts()
        self.memory, self.cycle = {}, 0
        self.answers, self.expected = deque(), deque()
        self.act, self.labels, self.rows, self.row = {}, {}, {}, None
        self.waiting = None
        self.asked = self.others = self.longest = self.run = 0

    async def tick(self, ctx):
        """One cycle of everything around the parts."""
        turns, fetch = self.dut.turns, self.dut.fetch
        chance = self.random.random
        ctx.set(turns.external.command.ready, chance() >= self.stall)
        ctx.set(fetch.inputs.act.ready, chance() >= self.stall)
        wants = self.busy and (ctx.get(turns.weights.command.valid) or chance() < self.busy)
        ctx.set(turns.weights.command.valid, bool(wants))
        ctx.set(turns.weights.command.payload, {"write": 0, "addr": OTHER + self.others % 64})
        answer = self.answers and self.answers[0][0] <= self.cycle and chance() >= self.stall
        ctx.set(turns.external.read_data.valid, bool(answer))
        if answer:
            ctx.set(turns.external.read_data.payload, self.answers[0][1])
            if ctx.get(turns.weights.read_data.valid):
                assert self.expected.popleft() == self.answers[0][1]
            else:
                assert ctx.get(turns.samples.read_data.valid)
            self.answers.popleft()
        shown = ctx.get(turns.external.command.valid), ctx.get(turns.external.command.payload)
        if self.waiting:
            assert shown == self.waiting, "a command stays until it is taken"
        self.waiting = shown if shown[0] and not ctx.get(turns.external.command.ready) else None
        if ctx.get(turns.external.command.valid) and ctx.get(turns.external.command.ready):
            command = ctx.get(turns.external.command.payload)
            other = command.addr >= OTHER
            value = command.addr & 0x3F if other else self.memory[command.addr]
            self.answers.append((self.cycle + self.latency, value))
            assert ctx.get(turns.weights.command.ready) == other
            if other:
                self.expected.append(value)
                self.others += 1
            self.run = self.run + 1 if other and ctx.get(fetch.external.command.valid) else 0
            self.longest = max(self.longest, self.run)
        inputs = fetch.inputs
        if ctx.get(inputs.label.valid):
            label = ctx.get(inputs.label.payload)
            self.labels[label.addr] = label.data
        if ctx.get(inputs.image_place.valid):
            place = ctx.get(inputs.image_place.payload)
            self.row = self.rows[place.bank, place.word] = []
        if ctx.get(inputs.image.valid):
            self.row.append(ctx.get(inputs.image.payload.data))
        if ctx.get(inputs.act.valid) and ctx.get(inputs.act.ready):
            element = ctx.get(inputs.act.payload)
            self.act[element.addr] = element.data & 0xFF
        await ctx.tick()
        self.cycle += 1

    async def bring(self, ctx, slot, **sample):
        """One element of `Space.SAMPLE`, until it has been taken; returns its cycles."""
        stream, begun = self.dut.fetch.sample, self.cycle
        ctx.set(stream.payload, {"addr": slot, "data": SAMPLE.pack(**sample)})
        ctx.set(stream.valid, 1)
        while not ctx.get(stream.ready):
            assert self.cycle - begun < DEADLINE, "the fetch hangs"
            await self.tick(ctx)
        await self.tick(ctx)
        ctx.set(stream.valid, 0)
        return self.cycle - begun


def row(number):
    """Where that row of images of WIDTH pixels begins."""
    group, bank = divmod(number, IMAGE_BANKS)
    return {"bank": bank, "word": group * WIDTH}


def simulate(bench, body):
    simulator = Simulator(bench.dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(body)
    simulator.run()


@pytest.mark.parametrize("image", [0, 1], ids=["act", "image"])
@pytest.mark.parametrize("size", [0, 1, 2, 7, 40])
@pytest.mark.parametrize("seed", range(4))
def test_every_byte(seed, size, image):
    """Two batches into both buffers, samples in any order, some of them absent.

    An image's place is counted in rows, of which four lie beside each other.
    """
    rng = np.random.default_rng((seed, size))
    stall, busy = ((0, 0), (0, 1), (0.3, 0.3), (0.7, 1))[seed]
    bench = Bench(seed, stall, busy, latency=int(rng.integers(1, 20)))
    inputs = rng.integers(-128, 128, (6, size)).astype(np.int8)
    labels = rng.integers(0, 256, 6).astype(np.uint8)
    elements = pack_samples(inputs, labels).view(np.uint16).reshape(-1).tolist()
    bench.memory = {BASE + k: value for k, value in enumerate(elements)}
    start, step, buffer = 64, size + 3, 500
    expected = {}

    async def body(ctx):
        places = bench.dut.fetch.places
        ctx.set(places.sample_size, {"elements": size, "image": image})
        ctx.set(places.image_shape, {"width": WIDTH})
        for name, value in (("start", start), ("step", step), ("buffer", buffer)):
            ctx.set(
                getattr(places, f"sample_{name}"),
                IMAGE_PLACE.pack(**row(value)) if image else value,
            )
        for number in (1, 0, 1):
            for n in range(4):
                slot, k = number * CONFIG.max_batch + n, int(rng.integers(6))
                absent = bool(rng.random() < 0.3)
                address = BASE + k * sample_elements(size)
                await bench.bring(ctx, slot, address=address, absent=absent)
                if not absent:
                    expected[start + number * buffer + n * step] = slot, k
        assert not ctx.get(bench.dut.fetch.inputs.active)

    simulate(bench, body)
    assert bench.labels == {slot: labels[k] for slot, k in expected.values()}
    given = {place: inputs[k].view(np.uint8).tolist() for place, (_, k) in expected.items()}
    if image:
        assert bench.rows == {tuple(row(g).values()): values for g, values in given.items()}
        assert not bench.act
    else:
        flat = {p + n: value for p, values in given.items() for n, value in enumerate(values)}
        assert bench.act == flat
        assert not bench.rows
    if busy:
        assert bench.others > 0
    assert bench.longest <= TURN


@pytest.mark.parametrize("size", [64, 128])
def test_a_byte_a_cycle(size):
    """Where nothing stalls and the buffer hides the latency; an absent sample takes 2 cycles."""
    bench = Bench(0, 0, 0)
    bench.memory = dict.fromkeys(range(BASE, BASE + 200), 0)
    cycles = []

    async def body(ctx):
        for elements in (2, size, 2 * size):  # the first one takes its turn
            ctx.set(bench.dut.fetch.places.sample_size, {"elements": elements})
            cycles.append(await bench.bring(ctx, 0, address=BASE))
        cycles.append(await bench.bring(ctx, 1, absent=1))

    simulate(bench, body)
    assert cycles[2] - cycles[1] == size
    assert cycles[3] == 2
