"""AXI4-Lite: every address of the range, every strobe, every bit of what a register holds."""

import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from lls_hw.contract.axi import (
    INTERRUPT,
    RANGE_BYTES,
    REPLY_BYTES,
    STATUS,
    WORD_BYTES,
    AxiRegister,
    Response,
)
from lls_hw.gateware.axi.transport import AxiTransport
from tests.link.bench import Bench

OKAY, SLVERR = Response
WHOLE = (1 << WORD_BYTES) - 1
ON = INTERRUPT.pack(waiting=1)


async def put(ctx, channel, payload):
    """Offers a payload until it is taken."""
    ctx.set(channel.payload, payload)
    ctx.set(channel.valid, 1)
    await ctx.tick().until(channel.ready)
    ctx.set(channel.valid, 0)


async def get(ctx, channel):
    """Takes what comes."""
    ctx.set(channel.ready, 1)
    payload = None
    while payload is None:
        _, _, valid, item = await ctx.tick().sample(channel.valid, channel.payload)
        payload = item if valid else None
    ctx.set(channel.ready, 0)
    return payload


async def write(ctx, bus, address, value, strobes=WHOLE):
    """The response to a write."""
    await put(ctx, bus.aw, {"addr": address, "prot": 0})
    await put(ctx, bus.w, {"data": value, "strb": strobes})
    return (await get(ctx, bus.b)).resp


async def read(ctx, bus, address):
    """The word at an address, and the response."""
    await put(ctx, bus.ar, {"addr": address, "prot": 0})
    answer = await get(ctx, bus.r)
    return answer.data, answer.resp


async def fill(ctx, dut, count):
    """So many bytes for the host arrive; they count when this returns."""
    ctx.set(dut.tx.valid, 1)
    await ctx.tick().repeat(count)
    ctx.set(dut.tx.valid, 0)
    await ctx.tick().repeat(2)


def run(dut, testbench):
    bench = Bench(dut)
    bench.add(testbench)
    bench.run()


def test_numbers_of_the_responses():
    """They are AXI's, not ours."""
    assert {response.name: response.value for response in Response} == {"OKAY": 0, "SLVERR": 2}


def test_reads_of_the_whole_range():
    """An offset without a register is none of another one: all bits of an address count."""
    dut, answers = AxiTransport(0), {}

    async def testbench(ctx):
        await fill(ctx, dut, 8)
        for address in range(0, RANGE_BYTES, WORD_BYTES):
            if address not in (AxiRegister.WORD, AxiRegister.BYTE):
                answers[address] = await read(ctx, dut.bus, address)
        assert await read(ctx, dut.bus, AxiRegister.STATUS) == (STATUS.pack(waiting=8), OKAY)

    run(dut, testbench)
    assert {address for address, (_, response) in answers.items() if response == OKAY} == {
        *AxiRegister
    } - {AxiRegister.WORD, AxiRegister.BYTE}
    refused = {answer for address, answer in answers.items() if address not in [*AxiRegister]}
    assert refused == {(0, SLVERR)}


def test_writes_of_the_whole_range():
    """A write to an offset without a register, or to one only for reads, does nothing."""
    dut, data = AxiTransport(0), []
    kept = {register for register in AxiRegister if register.access == "rw"}
    bench = Bench(dut)
    bench.collect(dut.rx, data)

    async def testbench(ctx):
        assert await write(ctx, dut.bus, AxiRegister.INTERRUPT, ON) == OKAY
        for address in range(0, RANGE_BYTES, WORD_BYTES):
            if address not in kept:
                assert await write(ctx, dut.bus, address, 0) == SLVERR, hex(address)
        assert await read(ctx, dut.bus, AxiRegister.INTERRUPT) == (ON, OKAY)

    bench.add(testbench)
    bench.run(settle=10)
    assert not data


@pytest.mark.parametrize("before", [0, ON])
def test_only_a_whole_write_changes_the_interrupt(before):
    """Neither a part of a word, nor bits that mean nothing, nor a write to another register."""
    dut = AxiTransport(0)
    other = before ^ ON

    async def testbench(ctx):
        async def holds(value):
            assert await read(ctx, dut.bus, AxiRegister.INTERRUPT) == (value, OKAY)

        ctx.set(dut.rx.ready, 1)
        await write(ctx, dut.bus, AxiRegister.INTERRUPT, before)
        await holds(before)
        for strobes in range(WHOLE):
            response = await write(ctx, dut.bus, AxiRegister.INTERRUPT, other, strobes)
            assert response == SLVERR
            await holds(before)
        for register in (AxiRegister.BYTE, AxiRegister.WORD):
            assert await write(ctx, dut.bus, register, other) == OKAY
            await holds(before)
        for value in (other, before, other):
            junk = 0xFFFF_FFFE
            assert await write(ctx, dut.bus, AxiRegister.INTERRUPT, value | junk) == OKAY
            await holds(value)

    run(dut, testbench)


def test_interrupt_and_status_at_every_level():
    """However many bytes wait, and whether a program runs or not."""
    dut = AxiTransport(0)

    async def testbench(ctx):
        await write(ctx, dut.bus, AxiRegister.INTERRUPT, ON)
        for waiting in range(REPLY_BYTES + 1):
            assert ctx.get(dut.irq) == (waiting != 0), waiting
            ctx.set(dut.running, waiting % 3 == 0)
            word, response = await read(ctx, dut.bus, AxiRegister.STATUS)
            assert response == OKAY
            assert word == STATUS.pack(waiting=waiting, running=waiting % 3 == 0)
            await fill(ctx, dut, 1)

    run(dut, testbench)


@pytest.mark.parametrize("cycles", range(1, 11))
def test_reset_in_the_middle_of_an_access(cycles):
    """At any cycle of a read and a write; no byte, answer or interrupt is left of before."""
    reset = Signal()
    dut = AxiTransport(0)
    bus = dut.bus

    async def testbench(ctx):
        await write(ctx, bus, AxiRegister.INTERRUPT, ON)
        await fill(ctx, dut, 9)
        for channel, payload in (
            (bus.ar, {"addr": AxiRegister.WORD, "prot": 0}),
            (bus.aw, {"addr": AxiRegister.WORD, "prot": 0}),
            (bus.w, {"data": 0x44332211, "strb": WHOLE}),
        ):
            ctx.set(channel.payload, payload)
            ctx.set(channel.valid, 1)
        await ctx.tick()
        for channel in (bus.ar, bus.aw, bus.w):
            ctx.set(channel.valid, 0)
        ctx.set(dut.rx.ready, 1)
        await ctx.tick().repeat(cycles)
        ctx.set(reset, 1)
        await ctx.tick()
        ctx.set(reset, 0)
        assert not any(ctx.get(signal) for signal in (bus.b.valid, bus.r.valid, dut.rx.valid))
        await fill(ctx, dut, 1)
        assert not ctx.get(dut.irq)
        assert await read(ctx, bus, AxiRegister.INTERRUPT) == (0, OKAY)
        assert await read(ctx, bus, AxiRegister.STATUS) == (STATUS.pack(waiting=1), OKAY)
        ctx.set(dut.tx.payload, 7)
        await fill(ctx, dut, 4)
        assert await read(ctx, bus, AxiRegister.WORD) == (0x07070700, OKAY)
        assert await read(ctx, bus, AxiRegister.WORD) == (0, SLVERR)
        ctx.set(dut.rx.ready, 0)
        assert await write(ctx, bus, AxiRegister.BYTE, 9) == OKAY
        assert await get(ctx, dut.rx) == 9

    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()
