"""The host port: what reads return, when, and what they wait for."""

import random
from collections import deque
from dataclasses import replace

import pytest

from lls_hw.contract.description import describe
from lls_hw.contract.memory_check import PASS
from lls_hw.contract.registers import (
    COUNTERS,
    DESCRIPTION_START,
    MAGIC,
    TEST_RESULTS,
    Register,
    Space,
)  # fmt: skip
from lls_hw.gateware.array.column_choice import ColumnChoice
from lls_hw.gateware.host.columns import settle_cycles
from lls_hw.gateware.host.places import port_name
from lls_hw.gateware.host.reads import ElementReader
from lls_hw.gateware.ports import ElementRead, HostWeights
from tests.gateware.host_bench import (
    MOMENTUM,
    TINY,
    active,
    idle,
    offer,
    simulate,
)

DEADLINE = 200
SOURCES = {
    "state_read": lambda addr: 200 + addr % 8, "result_read": lambda addr: 3 * addr,
    "trace_read": lambda addr: 5 * addr, "modulation_read": lambda addr: 7 * addr,
    "channel_read": lambda addr: 9 * addr,
}  # fmt: skip
"""What the engine's memories answer."""


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
    words = enumerate((*describe(config), 0, 0, 0), DESCRIPTION_START)
    cases = [(Space.CONTROL, register, value) for register, value in registers.items()]
    cases += [(Space.CONTROL, place, word) for place, word in words]
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
        for cycle in range(5):
            ctx.set(dut.running, cycle > 0)
            assert not ctx.get(dut.read_i.ready)
            await ctx.tick()
        ctx.set(dut.read_i.valid, 0)
        await offer(ctx, dut, Space.STATE, 1, 7)
        for cycle in range(3):
            assert active(ctx, dut) == ["state"] * (cycle == 2)
            await idle(ctx, dut)

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
