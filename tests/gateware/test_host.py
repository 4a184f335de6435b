"""The host port: where elements go, what waits while a program runs, what reads return."""

import random
from collections import deque
from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from lls_hw.contract.config import preset
from lls_hw.contract.memory_check import PASS, Pass
from lls_hw.contract.registers import (
    COUNTERS,
    IMAGE_SHAPE,
    MAGIC,
    RUN,
    TEST_RESULTS,
    Register,
    Space,
)  # fmt: skip
from lls_hw.gateware.array.column_choice import ColumnChoice
from lls_hw.gateware.host import HostPort
from lls_hw.gateware.host.columns import settle_cycles
from lls_hw.gateware.host.places import COLUMNS, PLACES, WRITTEN, port_name
from lls_hw.gateware.host.reads import ElementReader
from lls_hw.gateware.ports import ElementRead, HostWeights

TINY = preset("tiny")
MOMENTUM = replace(TINY, momentum=True)
DEADLINE = 200
SPACES = [space for space in WRITTEN if space not in COLUMNS]
EVENTS = ("run", "image_row", "test_place", "test_value", "test_pass")
REGISTERS = (
    "step", "image_shape", "momentum_shift", "sample_size", "sample_start", "sample_buffer",
    "sample_step",
)  # fmt: skip
SOURCES = {
    "state_read": lambda addr: 200 + addr % 8, "result_read": lambda addr: 3 * addr,
    "trace_read": lambda addr: 5 * addr, "modulation_read": lambda addr: 7 * addr,
    "channel_read": lambda addr: 9 * addr,
}  # fmt: skip
"""What the engine's memories answer."""


def simulate(bench, config=TINY):
    dut = HostPort(config)
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    async def testbench(ctx):
        ctx.set(dut.act.ready, 1)
        ctx.set(dut.external.ready, 1)
        ctx.set(dut.sample.ready, 1)
        ctx.set(dut.run.ready, 1)
        await bench(ctx, dut)

    simulator.add_testbench(testbench)
    simulator.run()


def active(ctx, dut):
    """Names of the ports that something goes to."""
    ports = [*(space.name.lower() for space in SPACES), *EVENTS]
    names = [name for name in ports if ctx.get(getattr(dut, name).valid)]
    return names + ["weights"] * ctx.get(dut.weights.write_enable)


async def idle(ctx, dut):
    """The run ends; a cycle later the host port knows."""
    ctx.set(dut.running, 0)
    await ctx.tick()


async def offer(ctx, dut, space, addr, value):
    """Hand an element over; a cycle later it is where it goes to, or waits."""
    ctx.set(dut.write_i.valid, 1)
    ctx.set(dut.write_i.payload, {"space": space, "addr": addr, "data": value})
    assert ctx.get(dut.write_i.ready)
    await ctx.tick()
    ctx.set(dut.write_i.valid, 0)
    assert not ctx.get(dut.write_i.ready)


def test_every_written_place_has_a_port_of_its_own():
    names = [port_name(place) for place in PLACES]
    assert len(set(names)) == len(names)

    async def bench(ctx, dut):
        assert {port_name(space) for space in SPACES} | {*EVENTS, *REGISTERS} <= set(
            dut.signature.members
        )

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_writes(space, running):
    """One element goes to one place, at once or not at all."""
    name = space.name.lower()

    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(ctx, dut, space, 37, 0x5A)
        taken = space.while_running or not running
        assert active(ctx, dut) == [name] * taken
        element = ctx.get(getattr(dut, name).payload)
        assert (element.addr, element.data) == (37, 0x5A)
        assert not ctx.get(dut.write_i.ready)
        await ctx.tick()
        assert ctx.get(dut.write_i.ready) == taken

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
def test_control_writes(running):
    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        ctx.set(dut.run.ready, 1)
        await offer(ctx, dut, Space.CONTROL, Register.RUN, RUN.pack(buffer=1, first=3))
        assert active(ctx, dut) == []
        await ctx.tick()
        assert active(ctx, dut) == ["run"] * (not running)
        if running:
            await idle(ctx, dut)
            await ctx.tick()
        assert active(ctx, dut) == ["run"]
        assert (ctx.get(dut.run.payload.buffer), ctx.get(dut.run.payload.first)) == (1, 3)
        await ctx.tick().repeat(2)
        assert active(ctx, dut) == []
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.STEP, 0x0301)
        assert active(ctx, dut) == []
        await ctx.tick()
        assert ctx.get(dut.step) == 0x0301 * (not running)
        await idle(ctx, dut)
        await ctx.tick()
        assert ctx.get(dut.step) == 0x0301
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.CYCLES, 1)
        assert active(ctx, dut) == []
        await idle(ctx, dut)
        await ctx.tick()
        assert ctx.get(dut.write_i.ready)

    simulate(bench)


def test_step_number():
    """The host's, and one more after each training step, modulo 2**32."""

    async def bench(ctx, dut):
        await offer(ctx, dut, Space.CONTROL, Register.STEP, 2**32 - 2)
        await ctx.tick()
        seen = []
        for trained in (0, 1, 1, 0, 1):
            ctx.set(dut.trained, trained)
            seen.append(ctx.get(dut.step))
            await ctx.tick()
        assert [*seen, ctx.get(dut.step)] == [2**32 - 2, 2**32 - 2, 2**32 - 1, 0, 0, 1]

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
def test_shape_and_row_of_images(running):
    """They are taken at once; the shape stays until the next one."""

    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(
            ctx, dut, Space.CONTROL, Register.IMAGE_SHAPE, IMAGE_SHAPE.pack(width=32, channels=3)
        )
        assert active(ctx, dut) == []
        await ctx.tick()
        await offer(ctx, dut, Space.CONTROL, Register.IMAGE_ROW, 0x123)
        assert active(ctx, dut) == ["image_row"]
        assert ctx.get(dut.image_row.payload) == 0x123
        await ctx.tick()
        shape = ctx.get(dut.image_shape)
        assert (shape.width, shape.channels) == (32, 3)

    simulate(bench)


@pytest.mark.parametrize("running", [0, 1])
def test_passes_of_the_memory_test(running):
    """They begin when the engine is idle, one element after the other."""
    given = PASS.pack(count=1 << 24, what=Pass.READ, inverted=1)

    async def bench(ctx, dut):
        ctx.set(dut.running, running)
        await offer(ctx, dut, Space.CONTROL, Register.TEST_PASS, given)
        assert active(ctx, dut) == ["test_pass"] * (not running)
        if running:
            await idle(ctx, dut)
        assert active(ctx, dut) == ["test_pass"]
        payload = ctx.get(dut.test_pass.payload)
        assert (payload.count, payload.what, payload.inverted) == (1 << 24, Pass.READ, 1)
        await ctx.tick()
        for name in ("test_place", "test_value"):
            await offer(ctx, dut, Space.CONTROL, Register[name.upper()], 0xABCDEF)
            assert active(ctx, dut) == [name]
            assert ctx.get(getattr(dut, name).payload) == 0xABCDEF
            await ctx.tick()

    simulate(bench)


def test_weight_writes():
    async def bench(ctx, dut):
        await offer(ctx, dut, Space.WEIGHT, 9 * TINY.cols + 3, 0x8001)
        assert active(ctx, dut) == ["weights"]
        assert ctx.get(dut.weights.write_addr) == 9
        assert ctx.get(dut.weights.write_column) == 3
        assert ctx.get(dut.weights.write_data) == 0x8001

    simulate(bench)


def test_velocity_writes():
    """Only an engine with momentum has them; any other takes and forgets them."""

    async def bench(ctx, dut):
        await offer(ctx, dut, Space.VELOCITY, 9 * TINY.cols + 3, 0x80000001)
        assert active(ctx, dut) == []
        assert ctx.get(dut.weights.write_velocity)
        assert ctx.get(dut.weights.write_addr) == 9
        assert ctx.get(dut.weights.write_column) == 3
        assert ctx.get(dut.weights.write_data) == 0x80000001
        await ctx.tick()
        await offer(ctx, dut, Space.CONTROL, Register.MOMENTUM_SHIFT, 5)
        assert active(ctx, dut) == [] and not ctx.get(dut.weights.write_velocity)
        await ctx.tick()
        assert ctx.get(dut.momentum_shift) == 5
        ctx.set(dut.running, 1)
        await offer(ctx, dut, Space.VELOCITY, 0, 1)
        assert not ctx.get(dut.weights.write_velocity) and not ctx.get(dut.write_i.ready)

    simulate(bench, MOMENTUM)

    async def without(ctx, dut):
        await offer(ctx, dut, Space.VELOCITY, 0, 1)
        assert active(ctx, dut) == []
        await ctx.tick()
        assert ctx.get(dut.write_i.ready)

    simulate(without)


def test_activation_memory_may_be_busy():
    async def bench(ctx, dut):
        ctx.set(dut.act.ready, 0)
        await offer(ctx, dut, Space.ACT, 0, 1)
        for ready in (0, 0, 1):
            ctx.set(dut.act.ready, ready)
            assert active(ctx, dut) == ["act"] and not ctx.get(dut.write_i.ready)
            await ctx.tick()
        ctx.set(dut.act.ready, 0)
        await offer(ctx, dut, Space.LABEL, 0, 1)
        assert active(ctx, dut) == ["label"]

    simulate(bench)


async def read(ctx, dut, space, addr, memories, stall):
    """One read; returns its value and the cycles from offer to answer.

    `memories` answers the addresses of each cycle.
    """
    ctx.set(dut.read_i.valid, 1)
    ctx.set(dut.read_i.payload, {"space": space, "addr": addr})
    for cycle in range(DEADLINE):
        accepted = ctx.get(dut.read_i.valid) and ctx.get(dut.read_i.ready)
        if ctx.get(dut.read_o.valid):
            if stall == 0:
                value = ctx.get(dut.read_o.payload)
                ctx.set(dut.read_o.ready, 1)
                await ctx.tick()
                ctx.set(dut.read_o.ready, 0)
                return value, cycle
            stall -= 1
        memories(ctx)
        await ctx.tick()
        if accepted:
            ctx.set(dut.read_i.valid, 0)
    raise AssertionError("the read hangs")


def weight(word, column):
    return (word * 2654435761 + column * 40503) & 0xFFFF


def velocity(word, column):
    return weight(word, column) << 16 | weight(column, word)


def test_latencies_are_what_they_were():
    assert ElementReader.LATENCY == 6
    assert [settle_cycles(replace(TINY, cols=cols)) for cols in (2, 8, 32)] == [8, 14, 38]


@pytest.mark.parametrize("config", [TINY, MOMENTUM], ids=["plain", "momentum"])
def test_reads(config):
    """Every readable place, in random order, answers stalled or not."""
    rng = random.Random(5)
    registers = {
        Register.MAGIC: MAGIC, Register.DIGEST_LOW: config.digest & 0xFFFFFFFF,
        Register.DIGEST_HIGH: config.digest >> 32, Register.STEP: 77, Register.RUN: 0,
    }  # fmt: skip
    registers |= {register: 1000 + k for k, register in enumerate(COUNTERS)}
    registers |= {register: 2000 + k for k, register in enumerate(TEST_RESULTS)}
    cases = [(Space.CONTROL, register, value) for register, value in registers.items()]
    cases += [(Space.STATE, k, 200 + k) for k in range(8)]
    cases += [(Space.RESULT, k, 3 * k) for k in range(0, 40, 7)]
    cases += [(Space.TRACE, k, 5 * k) for k in range(0, 40, 7)]
    cases += [(Space.MODULATION, k, 7 * k) for k in range(0, 40, 7)]
    cases += [(Space.CHANNEL, k, 9 * k) for k in range(0, 40, 7)]
    words = [(word, column) for word in (0, 5, 6) for column in range(TINY.cols)]
    cases += [(Space.WEIGHT, w * TINY.cols + c, weight(w, c)) for w, c in words]
    if config.momentum:
        cases += [(Space.VELOCITY, w * TINY.cols + c, velocity(w, c)) for w, c in words]
    rng.shuffle(cases)

    async def bench(ctx, dut):
        await offer(ctx, dut, Space.CONTROL, Register.STEP, 77)
        for k, register in enumerate(COUNTERS):
            ctx.set(getattr(dut.counters, port_name(register)), 1000 + k)
        for k, register in enumerate(TEST_RESULTS):
            value = getattr(dut.test, port_name(register))
            packed = register.fields.unpack(2000 + k)
            ctx.set(value, packed if len(packed) > 1 else 2000 + k)
        lookups = [deque([0] * ElementRead.LATENCY, ElementRead.LATENCY) for _ in SOURCES]
        latency = TINY.cols + HostWeights.LATENCY
        loads = deque([0] * latency, latency)
        columns = deque([0] * ColumnChoice.LATENCY, ColumnChoice.LATENCY)

        def memories(ctx):
            for (name, word), answers in zip(SOURCES.items(), lookups, strict=True):
                source = getattr(dut, name)
                ctx.set(source.data, word(answers[0]))
                answers.append(ctx.get(source.addr))
            settled = len(set(loads)) == 1
            value = weight(loads[0], columns[0]) if settled else 0xBAD
            ctx.set(dut.weights.read_data, value - (value >> 15 << 16))
            if config.momentum:
                value = velocity(loads[0], columns[0]) if settled else 0xBAD
                ctx.set(dut.weights.read_velocity, value - (value >> 31 << 32))
            loads.append(ctx.get(dut.weights.read_addr))
            columns.append(ctx.get(dut.weights.read_column))

        for _ in range(2 * TINY.cols):  # the weights settle on word 0
            memories(ctx)
            await ctx.tick()
        last_word = 0
        for space, addr, expected in cases:
            stall = rng.choice([0, 0, 9])
            value, cycles = await read(ctx, dut, space, addr, memories, stall)
            assert value == expected, (space, addr)
            word = addr // TINY.cols
            unsettled = space in (Space.WEIGHT, Space.VELOCITY) and word != last_word
            usual = settle_cycles(config) + 2 if unsettled else ElementReader.LATENCY
            assert cycles == usual + stall, (space, addr)
            last_word = word

    simulate(bench, config)


@pytest.mark.parametrize("space", [Space.WEIGHT, Space.VELOCITY])
def test_a_column_is_read_when_its_write_has_arrived(space):
    """Also when the word is the one that was read before, whose data is there at once."""

    async def bench(ctx, dut):
        async def cycles():
            return (await read(ctx, dut, space, 1, lambda ctx: None, 0))[1]

        await ctx.tick().repeat(2 * TINY.cols + 10)
        assert await cycles() == 6
        await ctx.tick()
        await offer(ctx, dut, space, 1, 7)
        await ctx.tick()
        assert await cycles() == TINY.cols + 7

    simulate(bench, MOMENTUM)


def test_reads_wait_for_writes():
    async def bench(ctx, dut):
        ctx.set(dut.running, 1)
        await offer(ctx, dut, Space.CONTROL, Register.RUN, 0)
        ctx.set(dut.read_i.valid, 1)
        ctx.set(dut.read_i.payload, {"space": Space.CONTROL, "addr": Register.CYCLES})
        assert not ctx.get(dut.read_i.ready)
        await idle(ctx, dut)
        await ctx.tick()
        assert ctx.get(dut.read_i.ready)

    simulate(bench)


@pytest.mark.parametrize(
    ("register", "value"), [(Register.RUN, 0), (Register.TEST_PASS, PASS.pack(count=1))]
)
def test_what_follows_a_run_waits_for_its_end(register, value):
    """From the cycle in which it begins on: the next element and the next read do not slip by."""

    async def bench(ctx, dut):
        ctx.set(dut.read_i.payload, {"space": Space.STATE, "addr": 0})
        await offer(ctx, dut, Space.CONTROL, register, value)
        ctx.set(dut.read_i.valid, 1)
        ctx.set(dut.run.ready, 1)
        for cycle in range(5):
            ctx.set(dut.running, cycle > 0)
            assert not ctx.get(dut.read_i.ready)
            await ctx.tick()
        ctx.set(dut.read_i.valid, 0)
        await offer(ctx, dut, Space.STATE, 1, 7)
        assert active(ctx, dut) == []
        await idle(ctx, dut)
        assert active(ctx, dut) == ["state"]

    simulate(bench)


def test_reads_wait_while_running():
    async def bench(ctx, dut):
        ctx.set(dut.running, 1)
        await ctx.tick()
        ctx.set(dut.read_i.valid, 1)
        for space in (Space.WEIGHT, Space.STATE, Space.RESULT, Space.TRACE, Space.CONTROL):
            ctx.set(dut.read_i.payload, {"space": space, "addr": 0})
            assert ctx.get(dut.read_i.ready) == (space == Space.CONTROL)

    simulate(bench)
