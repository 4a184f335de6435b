"""The whole link in front of a memory: HELLO, commands, order, credits, damage."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from lls_hw.contract.frames import (
    COMMAND_BYTES,
    CRC_BYTES,
    PROTOCOL,
    Decoder,
    Frame,
    Kind,
    encode,
    read_command,
    write_command,
)
from lls_hw.contract.registers import Space
from lls_hw.gateware.link.link import Link
from tests.link.bench import Bench
from tests.link.fake_core import FakeCore

HELLO = encode(Frame(Kind.HELLO, 0x1234, 0, 0))


def build(**depths):
    """Link and memory; the ports of both."""
    m = Module()
    m.submodules.link = link = Link(**depths)
    m.submodules.core = core = FakeCore()
    wiring.connect(m, link.write, core.write_i)
    wiring.connect(m, link.read, core.read_i)
    wiring.connect(m, core.read_o, link.data)
    return m, link, core


def exchange(wire, replies, *, stalls=(0.0, 0.0), deadline=100_000):
    """Feed `wire`; the frames that come back until they carry `replies` bytes; the cycles."""
    m, link, _ = build()
    bench = Bench(m, deadline)
    out: list[int] = []
    bench.feed(link.rx, wire, stall=stalls[0])
    bench.collect(link.tx, out, stall=stalls[1])

    def frames():
        return Decoder().feed(bytes(out))

    def done():
        return out and out[-1] == 0x7E and sum(len(f.payload) for f in frames()) >= replies

    bench.run(done, settle=250)
    return frames(), bench.cycles


def data(stream: bytes, size: int, start: int = 0) -> bytes:
    """The stream in frames of `size` bytes."""
    return b"".join(
        encode(Frame(Kind.DATA, start + at, 0, 0, stream[at : at + size]))
        for at in range(0, len(stream), size)
    )


def test_hello():
    frames, _ = exchange(HELLO, 0)
    assert frames == [Frame(Kind.HELLO, 0x1234, 4092, PROTOCOL)]


@pytest.mark.parametrize("stalls", [(0.0, 0.0), (0.6, 0.0), (0.0, 0.8), (0.4, 0.6)])
@pytest.mark.parametrize("size", [7, 500])
def test_every_space_reads_back_what_was_written(size, stalls):
    """Commands need not start where frames do."""
    random_ = random.Random(size)
    stream, expected = b"", b""
    for space in Space:
        elements = random_.randbytes(17 * space.element_bytes)
        stream += write_command(space, 3, elements) + read_command(space, 3, 17)
        expected += elements
    stream += read_command(Space.ACT, 0, 0) + read_command(Space.ACT, 4, 2)
    frames, _ = exchange(HELLO + data(stream, size), len(expected) + 2, stalls=stalls)
    assert b"".join(f.payload for f in frames)[: len(expected)] == expected
    assert frames[-1].received == frames[-1].consumed == len(stream)
    assert not any(f.kind == Kind.GAP for f in frames)


def test_a_byte_a_cycle_into_the_engine():
    elements = bytes(k % 120 for k in range(1000))
    stream = write_command(Space.ACT, 0, elements) * 3 + read_command(Space.ACT, 999, 1)
    wire = HELLO + data(stream, 1006)
    frames, cycles = exchange(wire, 1)
    assert frames[-1].payload or frames[-2].payload
    # The last frame leaves the buffer after it has arrived; answer and settling come on top.
    assert cycles <= len(wire) + 1006 + 320


@pytest.mark.parametrize("depth", [1024, 2048])
def test_credit_returns_at_every_quarter_of_the_buffer(depth):
    """A frame that fills the buffer is answered; then the board speaks at every quarter and
    at the end, in the very cycle."""
    m, link, _ = build(rx_depth=depth)
    bench = Bench(m)
    out: list[int] = []
    size = depth - CRC_BYTES - COMMAND_BYTES
    stream = write_command(Space.LABEL, 0, bytes(size))
    wire = HELLO + b"~" * 60 + data(stream, len(stream))
    bench.feed(link.rx, wire)
    bench.collect(link.tx, out)
    bench.run(settle=len(wire) + len(stream) + 100)
    hello, answer, *credits = Decoder().feed(bytes(out))
    assert (hello.received, answer.received) == (depth - CRC_BYTES, len(stream))
    assert answer.consumed <= 4
    assert [frame.consumed for frame in credits] == [
        depth // 4, depth // 2, 3 * depth // 4, len(stream)
    ]  # fmt: skip


def test_damage_is_reported_and_repetition_is_not_applied_twice():
    first = write_command(Space.LABEL, 0, b"\x01\x02")
    second = write_command(Space.LABEL, 0, b"\x03\x04") + read_command(Space.LABEL, 0, 2)
    good = [encode(Frame(0, 0, 0, 0, first)), encode(Frame(0, len(first), 0, 0, second))]
    damaged = bytearray(good[1])
    damaged[12] ^= 0x10
    wire = HELLO + b"noise" + good[0] + bytes(damaged) + good[0] + good[1] + good[0]
    frames, _ = exchange(wire, 2)
    assert b"".join(f.payload for f in frames) == b"\x03\x04"
    gaps = [f for f in frames if f.kind == Kind.GAP]
    assert gaps
    assert {f.received for f in gaps} <= {0, len(first)}
    assert frames[-1].received == len(first) + len(second)


def test_gap_sends_replies_again():
    stream = write_command(Space.LABEL, 0, b"\x05\x06") + read_command(Space.LABEL, 0, 2)
    again = encode(Frame(Kind.GAP, len(stream), 1, 0))
    frames, _ = exchange(HELLO + data(stream, 99) + b"~" * 60 + again, 3)
    carried = [(f.sequence, f.payload) for f in frames if f.payload]
    assert carried == [(0, b"\x05\x06"), (1, b"\x06")]


def test_hello_in_the_middle_of_a_command_starts_anew():
    half = write_command(Space.LABEL, 0, bytes(8))[:9]
    whole = write_command(Space.LABEL, 4, b"\x07") + read_command(Space.LABEL, 4, 1)
    wire = HELLO + data(half, 99) + HELLO + b"~" * 60 + data(whole, 99)
    frames, _ = exchange(wire, 1)
    assert [f.payload for f in frames if f.payload] == [b"\x07"]
    assert sum(f.kind == Kind.HELLO for f in frames) == 2


def test_a_read_that_waits_does_not_stop_reception():
    """Frames are received and acknowledged while a READ is held back; nothing overtakes it."""
    m, link, core = build(rx_depth=256)
    bench = Bench(m)
    out: list[int] = []
    read = write_command(Space.RESULT, 0, bytes(4)) + read_command(Space.RESULT, 0, 1)
    later = write_command(Space.RESULT, 0, b"late") + read_command(Space.RESULT, 0, 1)
    bench.feed(link.rx, HELLO + b"~" * 60 + data(read, 99) + data(later, 99, len(read)))
    bench.collect(link.tx, out)
    seen = []

    async def release(ctx):
        ctx.set(core.hold, 1)
        for _ in range(600):
            await ctx.tick()
        seen.extend(Decoder().feed(bytes(out)))
        ctx.set(core.hold, 0)

    bench.add(release)
    bench.run(lambda: len(Decoder().feed(bytes(out))) > len(seen) > 0, settle=200)
    assert seen[-1].received == len(read) + len(later)
    assert seen[-1].consumed <= len(read) + 2, "two bytes ahead"
    assert not any(f.payload for f in seen)
    assert b"".join(f.payload for f in Decoder().feed(bytes(out))) == bytes(4) + b"late"


def test_reply_buffer_fills_and_waits_for_the_host():
    """Without acknowledgement no more than the buffer holds is read; nothing is lost."""
    m, link, _ = build(tx_depth=512)
    bench = Bench(m)
    out: list[int] = []
    elements = random.Random(9).randbytes(900)
    stream = write_command(Space.LABEL, 0, elements) + read_command(Space.LABEL, 0, 900)
    wire = HELLO + b"~" * 60 + data(stream, 1024)
    phase = []

    async def host(ctx):
        for byte in wire:
            ctx.set(link.rx.payload, byte)
            ctx.set(link.rx.valid, 1)
            await ctx.tick()
        ctx.set(link.rx.valid, 0)
        for _ in range(3000):
            await ctx.tick()
        phase.append(b"".join(f.payload for f in Decoder().feed(bytes(out))))
        for byte in encode(Frame(Kind.DATA, len(stream), 512, 0)):
            ctx.set(link.rx.payload, byte)
            ctx.set(link.rx.valid, 1)
            await ctx.tick()
        ctx.set(link.rx.valid, 0)
        for _ in range(3000):
            await ctx.tick()

    bench.collect(link.tx, out)
    bench.add(host)
    bench.run()
    assert [len(p) for p in phase] == [512]
    assert phase == [elements[:512]]
    assert b"".join(f.payload for f in Decoder().feed(bytes(out))) == elements
