"""AXI4-Lite: what the registers do under stalls, in how many cycles, and after a reset."""

import random

import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from lls_hw.contract.axi import (
    AXI_MAGIC,
    INTERRUPT,
    RANGE_BYTES,
    REPLY_BYTES,
    STATUS,
    WORD_BYTES,
    AxiRegister,
    Response,
)
from lls_hw.contract.registers import DIGEST
from lls_hw.gateware.axi.transport import AxiTransport
from tests.link.bench import Bench

OKAY, SLVERR = Response
WORD, BYTE = AxiRegister.WORD, AxiRegister.BYTE
DIGEST_VALUE = 0x1234_5678_9ABC_DEF0
WHOLE = (1 << WORD_BYTES) - 1
STALLS = [(0.0,) * 5, (0.7, 0, 0, 0, 0), (0, 0.7, 0, 0, 0), (0, 0, 0.9, 0.9, 0), (0.4,) * 5]
"""Of addresses, words, responses, words that were read, and bytes."""


def beats(accesses):
    """Payloads of the address channel."""
    return [{"addr": address, "prot": index % 8} for index, (address, *_) in enumerate(accesses)]


def sent(writes):
    """Bytes and responses of writes, in order; an access is (address, data, strobes)."""
    data, responses = b"", []
    for address, word, strobes in writes:
        count = {WORD: WORD_BYTES, BYTE: 1}.get(address & ~3, 0) if strobes == WHOLE else 0
        data += word.to_bytes(WORD_BYTES, "little")[:count]
        good = count or (address & ~3 == AxiRegister.INTERRUPT and strobes == WHOLE)
        responses.append(OKAY if good else SLVERR)
    return data, responses


def random_writes(seed, count=120):
    rng = random.Random(seed)
    addresses = [WORD, WORD, BYTE, *AxiRegister, max(AxiRegister) + 4, RANGE_BYTES - 4]
    return [
        (rng.choice(addresses) + rng.choice((0, 0, 0, 1)), rng.getrandbits(32),
         WHOLE if rng.randrange(4) else rng.randrange(16))
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("stalls", STALLS)
def test_writes(stalls):
    """Addresses and words come in any order and far apart; bytes leave in order, once."""
    writes, data, responses = random_writes(1), [], []
    bench = Bench(dut := AxiTransport(DIGEST_VALUE))
    bench.feed(dut.bus.aw, beats(writes), stall=stalls[0], seed=2)
    words = [{"data": word, "strb": strobes} for _, word, strobes in writes]
    bench.feed(dut.bus.w, words, stall=stalls[1], seed=3)
    bench.collect(dut.bus.b, responses, stall=stalls[2], seed=4)
    bench.collect(dut.rx, data, stall=stalls[4], seed=5)
    wanted, answers = sent(writes)
    bench.run(lambda: len(responses) == len(writes), settle=40)
    assert (bytes(data), [item.resp for item in responses]) == (wanted, answers)


@pytest.mark.parametrize("late", ["aw", "w"])
def test_address_and_word_in_either_order(late):
    """Nothing is answered before both are there, however many of one have come."""
    bench = Bench(dut := AxiTransport(0))
    answered = []
    bench.collect(dut.bus.b, answered)

    async def testbench(ctx):
        channels = {"aw": {"addr": BYTE, "prot": 0}, "w": {"data": 7, "strb": WHOLE}}
        first = next(name for name in channels if name != late)
        for name in (first, first):
            channel = getattr(dut.bus, name)
            ctx.set(channel.payload, channels[name])
            ctx.set(channel.valid, 1)
            await ctx.tick().until(channel.ready)
            ctx.set(channel.valid, 0)
        await ctx.tick().repeat(20)
        assert not answered and not ctx.get(dut.rx.valid)
        channel = getattr(dut.bus, late)
        ctx.set(channel.payload, channels[late])
        ctx.set(channel.valid, 1)
        await ctx.tick()
        ctx.set(channel.valid, 0)
        await ctx.tick().repeat(20)
        assert len(answered) == 1 and ctx.get(dut.rx.valid)

    bench.add(testbench)
    bench.run()


@pytest.mark.parametrize(
    ("register", "cycles"), [(BYTE, 1), (WORD, WORD_BYTES), (AxiRegister.INTERRUPT, 1)]
)
def test_cycles_from_write_to_write(register, cycles):
    bench, at = Bench(dut := AxiTransport(0)), []
    bench.feed(dut.bus.aw, beats([(register,)] * 50))
    bench.feed(dut.bus.w, [{"data": 1, "strb": WHOLE}] * 50)

    async def testbench(ctx):
        ctx.set(dut.bus.b.ready, 1)
        ctx.set(dut.rx.ready, 1)
        for cycle in range(50 * cycles + 10):
            if ctx.get(dut.bus.b.valid):
                at.append(cycle)
            await ctx.tick()

    bench.add(testbench)
    bench.run()
    assert len(at) == 50
    assert {b - a for a, b in zip(at, at[1:], strict=False)} == {cycles}


def filled(dut, data, accesses, *, stalls=(0.0,) * 5):
    """Reads of a transport in which those bytes wait: (data, response) of each."""
    bench, read = Bench(dut), []
    ready = Signal()

    async def fill(ctx):
        for byte in data:
            ctx.set(dut.tx.payload, byte)
            ctx.set(dut.tx.valid, 1)
            await ctx.tick().until(dut.tx.ready)
        ctx.set(dut.tx.valid, 0)
        await ctx.tick().repeat(3)
        ctx.set(ready, 1)

    async def ask(ctx):
        rng = random.Random(6)
        await ctx.tick().until(ready)
        for payload in beats(accesses):
            while rng.random() < stalls[0]:
                await ctx.tick()
            ctx.set(dut.bus.ar.payload, payload)
            ctx.set(dut.bus.ar.valid, 1)
            await ctx.tick().until(dut.bus.ar.ready)
            ctx.set(dut.bus.ar.valid, 0)

    bench.add(fill)
    bench.add(ask)
    bench.collect(dut.bus.r, read, stall=stalls[3])
    bench.run(lambda: len(read) == len(accesses))
    return [(item.data, item.resp) for item in read]


@pytest.mark.parametrize("stalls", STALLS)
def test_reads(stalls):
    """In order, with as many bytes as are asked for; none is lost by a read that is refused."""
    rng, data = random.Random(7), random.Random(8).randbytes(110)
    choices = [WORD, BYTE, *AxiRegister, max(AxiRegister) + 4, RANGE_BYTES - 4]
    accesses = [(rng.choice(choices) + rng.choice((0, 0, 1, 2)),) for _ in range(90)]
    accesses += [(WORD,)] * (len(data) // 4) + [(BYTE,)] * 4 + [(WORD,)]
    digest, left, wanted = DIGEST.unpack(DIGEST_VALUE), data, []
    for (address,) in accesses:
        register = address & ~3
        count = {WORD: WORD_BYTES, BYTE: 1}.get(register, 0)
        if count and count <= len(left):
            wanted.append((int.from_bytes(left[:count], "little"), OKAY))
            left = left[count:]
            continue
        known = {
            AxiRegister.MAGIC: AXI_MAGIC,
            AxiRegister.DIGEST_LOW: digest["low"],
            AxiRegister.DIGEST_HIGH: digest["high"],
            AxiRegister.STATUS: STATUS.pack(waiting=len(left), running=1),
            AxiRegister.INTERRUPT: 0,
        }
        wanted.append((known[register], OKAY) if register in known else (0, SLVERR))
    assert not left and (0, SLVERR) in wanted

    class Running(AxiTransport):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            m.d.comb += self.running.eq(1)
            return m

    assert filled(Running(DIGEST_VALUE), data, accesses, stalls=stalls) == wanted


@pytest.mark.parametrize(
    ("register", "cycles"), [(AxiRegister.STATUS, 2), (BYTE, 4), (WORD, 7), (0x1C, 2)]
)
def test_latency_of_a_read(register, cycles):
    """Cycles from the address to the word, and from one address to the next."""
    bench, at = Bench(dut := AxiTransport(0)), []

    async def testbench(ctx):
        ctx.set(dut.tx.valid, 1)
        await ctx.tick().repeat(40)
        ctx.set(dut.bus.r.ready, 1)
        ctx.set(dut.bus.ar.payload.addr, register)
        ctx.set(dut.bus.ar.valid, 1)
        for cycle in range(40):
            if ctx.get(dut.bus.r.valid):
                at.append(cycle)
            await ctx.tick()

    bench.add(testbench)
    bench.run()
    assert at[0] == cycles
    assert {b - a for a, b in zip(at, at[1:], strict=False)} == {cycles - 1}


def test_latency_of_a_write():
    bench = Bench(dut := AxiTransport(0))

    async def testbench(ctx):
        ctx.set(dut.bus.aw.payload.addr, WORD)
        ctx.set(dut.bus.w.payload, {"data": 0x44332211, "strb": WHOLE})
        ctx.set(dut.rx.ready, 1)
        for channel in (dut.bus.aw, dut.bus.w):
            ctx.set(channel.valid, 1)
        await ctx.tick()
        for channel in (dut.bus.aw, dut.bus.w):
            ctx.set(channel.valid, 0)
        seen = []
        for _ in range(7):
            bytes_ = ctx.get(dut.rx.payload) if ctx.get(dut.rx.valid) else None
            seen.append((bytes_, ctx.get(dut.bus.b.valid)))
            await ctx.tick()
        assert seen == [(None, 0), (0x11, 1), (0x22, 1), (0x33, 1), (0x44, 1), (None, 1), (None, 1)]

    bench.add(testbench)
    bench.run()


def test_the_core_holds_what_is_documented():
    """So many bytes, no more, and none is lost; the interrupt says that there are some."""
    bench, taken = Bench(dut := AxiTransport(0)), []

    async def testbench(ctx):
        ctx.set(dut.tx.valid, 1)
        while ctx.get(dut.tx.ready):
            ctx.set(dut.tx.payload, len(taken) % 256)
            taken.append(None)
            await ctx.tick()
        assert len(taken) == REPLY_BYTES

    bench.add(testbench)
    bench.run()
    data = bytes(n % 256 for n in range(REPLY_BYTES))
    words = [(int.from_bytes(data[n : n + 4], "little"), OKAY) for n in range(0, len(data), 4)]
    assert filled(AxiTransport(0), data, [(WORD,)] * (REPLY_BYTES // 4)) == words


async def write(ctx, bus, address, value):
    """One write, at once with its address."""
    ctx.set(bus.aw.payload.addr, address)
    ctx.set(bus.w.payload, {"data": value, "strb": WHOLE})
    ctx.set(bus.b.ready, 1)
    for channel in (bus.aw, bus.w):
        ctx.set(channel.valid, 1)
    await ctx.tick()
    for channel in (bus.aw, bus.w):
        ctx.set(channel.valid, 0)
    await ctx.tick().repeat(2)
    ctx.set(bus.b.ready, 0)


def test_interrupt():
    """High while it is enabled and bytes wait, and at no other time."""
    bench = Bench(dut := AxiTransport(0))

    async def testbench(ctx):
        async def line(waiting, enabled):
            await ctx.tick().repeat(3)
            assert ctx.get(dut.irq) == (waiting and enabled)

        async def byte():
            ctx.set(dut.tx.valid, 1)
            await ctx.tick()
            ctx.set(dut.tx.valid, 0)

        on, off = INTERRUPT.pack(waiting=1), INTERRUPT.pack(waiting=0)
        await byte()
        await line(True, False)
        await write(ctx, dut.bus, AxiRegister.INTERRUPT, on)
        await line(True, True)
        ctx.set(dut.bus.ar.payload.addr, BYTE)
        ctx.set(dut.bus.ar.valid, 1)
        await ctx.tick()
        ctx.set(dut.bus.ar.valid, 0)
        await ctx.tick().repeat(4)
        await line(False, True)
        await byte()
        await line(True, True)
        await write(ctx, dut.bus, AxiRegister.INTERRUPT, off)
        await line(True, False)

    bench.add(testbench)
    bench.run()


def test_reset():
    """Nothing of before is answered, sent or kept; afterwards everything works."""
    reset = Signal()
    dut = AxiTransport(0)
    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-6)

    async def testbench(ctx):
        bus = dut.bus
        await write(ctx, bus, AxiRegister.INTERRUPT, 1)
        ctx.set(dut.tx.valid, 1)
        for channel in (bus.aw, bus.w, bus.ar):
            ctx.set(channel.valid, 1)
        ctx.set(bus.aw.payload.addr, WORD)
        ctx.set(bus.ar.payload.addr, WORD)
        await ctx.tick().repeat(20)
        for channel in (bus.aw, bus.w, bus.ar, dut.tx):
            ctx.set(channel.valid, 0)
        outputs = (bus.b.valid, bus.r.valid, dut.rx.valid, dut.irq)
        assert [ctx.get(signal) for signal in outputs] == [1, 1, 1, 1]
        ctx.set(reset, 1)
        await ctx.tick()
        ctx.set(reset, 0)
        ctx.set(dut.rx.ready, 1)
        for _ in range(20):
            assert [ctx.get(signal) for signal in outputs] == [0, 0, 0, 0]
            await ctx.tick()
        await write(ctx, bus, BYTE, 9)
        assert (ctx.get(bus.ar.ready), ctx.get(bus.aw.ready), ctx.get(bus.w.ready)) == (1, 1, 1)
        ctx.set(bus.ar.payload.addr, AxiRegister.STATUS)
        ctx.set(bus.ar.valid, 1)
        await ctx.tick()
        ctx.set(bus.ar.valid, 0)
        await ctx.tick()
        assert (ctx.get(bus.r.valid), ctx.get(bus.r.payload.data)) == (1, 0)

    simulator.add_testbench(testbench)
    simulator.run()


def test_outputs_are_registered():
    """Inputs that change within a cycle change no output of the bus in it, as AXI demands."""
    dut, rng = AxiTransport(0), random.Random(2)
    bus = dut.bus
    outputs = (
        bus.aw.ready, bus.w.ready, bus.ar.ready, bus.b.valid, bus.r.valid, bus.b.payload.resp,
        bus.r.payload.data, bus.r.payload.resp, dut.irq,
    )  # fmt: skip
    inputs = (bus.aw.valid, bus.w.valid, bus.ar.valid, bus.b.ready, bus.r.ready, dut.tx.valid,
              dut.rx.ready)  # fmt: skip

    async def bench(ctx):
        for _ in range(400):
            seen = set()
            for _ in range(3):
                for signal in inputs:
                    ctx.set(signal, rng.randrange(2))
                for channel in (bus.aw, bus.ar):
                    ctx.set(channel.payload.addr, rng.choice(list(AxiRegister)))
                ctx.set(bus.w.payload, {"data": rng.getrandbits(32), "strb": rng.choice((15, 7))})
                await ctx.delay(1e-8)
                seen.add(tuple(ctx.get(signal) for signal in outputs))
            assert len(seen) == 1
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
