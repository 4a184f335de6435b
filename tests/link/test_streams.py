"""Framer, deframer, receiver and transmitter, each alone."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from lls_hw.contract.frames import FLAG, MAX_REPLY_BYTES, Decoder, Frame, Kind, encode
from lls_hw.gateware.link.deframer import Deframer
from lls_hw.gateware.link.elements import Assembler, Serializer
from lls_hw.gateware.link.framer import Framer
from lls_hw.gateware.link.receiver import Receiver
from lls_hw.gateware.link.transmitter import Transmitter
from tests.link.bench import Bench

STALLS = [(0.0, 0.0), (0.7, 0.0), (0.0, 0.9), (0.5, 0.5)]
CONTENT = bytes([0x7E, 0x7D, 0x5E, 0x5D, 0, 0xFF, 0x7D, 0x7D, 0x7E])


@pytest.mark.parametrize("stalls", STALLS)
def test_framer_escapes(stalls):
    out: list[int] = []
    bench = Bench(dut := Framer())
    contents = [{"byte": b, "last": k == len(CONTENT) - 1} for k, b in enumerate(CONTENT)] * 2
    bench.feed(dut.i, contents, stall=stalls[0])
    bench.collect(dut.o, out, stall=stalls[1])
    one = bytes.fromhex("7e7d5e7d5d5e5d00ff7d5d7d5d7d5e7e")
    bench.run(lambda: len(out) == 2 * len(one))
    assert bytes(out) == 2 * one
    if stalls == (0.0, 0.0):
        assert bench.cycles <= len(out) + 3


def test_deframer_undoes_it_at_one_byte_a_cycle():
    wire = bytes.fromhex("11227e7d5e7d5d5e5d00ff7d5d7d5d7d5e7e7e427e")
    out: list[int] = []
    ends: list[int] = []
    bench = Bench(dut := Deframer())
    bench.feed(dut.i, wire)
    bench.watch(dut.valid, dut.byte, out)
    bench.watch(dut.end, dut.end, ends)
    bench.run(settle=4)
    assert bytes(out) == b"\x11\x22" + CONTENT + b"\x42"
    assert len(ends) == 3
    assert bench.cycles <= len(wire) + 6


@pytest.mark.parametrize("stalls", STALLS)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_elements(size, stalls):
    """Bytes to elements to bytes."""
    m = Module()
    m.submodules.assembler = assembler = Assembler()
    m.submodules.serializer = serializer = Serializer()
    wiring.connect(m, assembler.o, serializer.i)
    m.d.comb += [assembler.size.eq(size), serializer.size.eq(size)]
    sent, out = random.Random(size).randbytes(32 * size), []
    bench = Bench(m)
    bench.feed(assembler.i, sent, stall=stalls[0])
    bench.collect(serializer.o, out, stall=stalls[1])
    bench.run(lambda: len(out) == len(sent))
    assert bytes(out) == sent
    if stalls == (0.0, 0.0):
        assert bench.cycles <= len(sent) + 5


def _receive(wire, *, depth=64, stall=0.0, expect=0):
    out, events = [], []
    bench = Bench(dut := Receiver(depth))
    bench.feed(dut.i, wire)
    bench.collect(dut.o, out, stall=stall)
    bench.watch(dut.event.any, dut.event.missing, events)
    bench.run(lambda: len(out) >= expect, settle=8)
    return bytes(out), events, bench.cycles


@pytest.mark.parametrize("stall", [0.0, 0.9])
def test_receiver_in_order(stall):
    pieces = [bytes([k] * k) for k in range(12)]
    wire, position = b"", 0
    for piece in pieces:
        wire += encode(Frame(Kind.DATA, position, 0, 0, piece))
        position += len(piece)
    out, events, _ = _receive(wire, depth=128, stall=stall, expect=position)
    assert out == b"".join(pieces)
    assert events == [0] * 12


def test_receiver_sustains_a_byte_a_cycle():
    payload = bytes(48)
    wire = b"".join(encode(Frame(Kind.DATA, 48 * k, 0, 0, payload)) for k in range(8))
    out, _, cycles = _receive(wire, expect=8 * 48)
    assert out == 8 * payload
    assert cycles <= len(wire) + len(payload) + 12


def test_receiver_drops_repeated_damaged_and_early_frames():
    frames = [encode(Frame(Kind.DATA, 5 * k, 0, 0, bytes([k] * 5))) for k in range(3)]
    damaged = bytearray(frames[1])
    damaged[9] ^= 4
    wire = frames[0] + frames[0] + frames[2] + damaged + frames[1][:-3] + frames[1] + frames[2]
    out, events, _ = _receive(wire, expect=15)
    assert out == bytes([0] * 5 + [1] * 5 + [2] * 5)
    assert events == [0, 0, 1, 1, 1, 0, 0]


def test_receiver_refuses_what_does_not_fit_and_recovers():
    depth = 32
    fits = Frame(Kind.DATA, 0, 0, 0, bytes(range(depth - 4)))
    excess = Frame(Kind.DATA, 0, 0, 0, bytes(depth - 3))
    out, events, _ = _receive(encode(excess) + encode(fits), depth=depth, expect=depth - 4)
    assert out == fits.payload
    assert events == [1, 0]


def _frames(wire: list[int]) -> list[Frame]:
    decoder = Decoder()
    frames = decoder.feed(bytes(wire))
    assert decoder.damaged == 0
    return frames


@pytest.mark.parametrize("stalls", STALLS)
def test_transmitter_sends_the_stream_again_and_forgets_what_arrived(stalls):
    """Three times the buffer passes, acknowledged in pieces, with a rewind in between."""
    depth, sent, wire = 512, random.Random(3).randbytes(1536), []
    bench = Bench(dut := Transmitter(depth))
    bench.feed(dut.i, sent, stall=stalls[0])
    bench.collect(dut.o, wire, stall=stalls[1])
    stream = bytearray()
    rewinds = 0

    async def host(ctx):
        nonlocal rewinds
        decoder, seen = Decoder(), 0
        while len(stream) < len(sent):
            await ctx.tick()
            ctx.set(dut.header.sequence, ctx.get(dut.position))
            if len(wire) == seen or wire[-1] != FLAG:
                continue
            fresh, seen = wire[seen:], len(wire)
            for frame in decoder.feed(bytes(fresh)):
                assert len(frame.payload) <= MAX_REPLY_BYTES
                skip = len(stream) - frame.sequence
                assert skip >= 0, "bytes are missing"
                stream.extend(frame.payload[skip:])
                rewinds += 1
                ctx.set(dut.acknowledged, len(stream) - 100 if rewinds % 3 else len(stream))
                ctx.set(dut.acknowledge, 1)
                ctx.set(dut.rewind, rewinds % 3 == 0 and rewinds < 12)
                await ctx.tick()
                ctx.set(dut.rewind, 0)
                # A repeated frame acknowledges what has long been forgotten.
                ctx.set(dut.acknowledged, max(0, len(stream) - 600))
                await ctx.tick()
                ctx.set(dut.acknowledge, 0)
        assert decoder.damaged == 0

    bench.add(host)
    bench.run()
    assert bytes(stream) == sent
    assert rewinds > 4


def test_transmitter_answers_without_payload():
    wire: list[int] = []
    bench = Bench(dut := Transmitter())
    bench.collect(dut.o, wire)

    async def ask(ctx):
        ctx.set(dut.header, {"kind": 2, "sequence": 7, "received": 8, "consumed": 0x7E7D})
        ctx.set(dut.request, 1)
        await ctx.tick().until(dut.taken)
        ctx.set(dut.request, 0)

    bench.add(ask)
    bench.run(lambda: len(wire) > 2 and wire[-1] == FLAG)
    assert _frames(wire) == [Frame(2, 7, 8, 0x7E7D)]
    assert bench.cycles <= 13 + 2 + 7, "11 bytes, 2 escapes, 2 flags"


def test_transmitter_never_starts_before_what_the_host_has():
    """An acknowledgement overtakes a rewound position in the cycle before a frame is asked for."""
    wire: list[int] = []
    bench = Bench(dut := Transmitter())
    bench.feed(dut.i, bytes(20))
    bench.collect(dut.o, wire)
    starts = []

    async def host(ctx):
        while ctx.get(dut.position) != 20 or len(wire) < 33:
            await ctx.tick()
        ctx.set(dut.hold, 1)
        ctx.set(dut.rewind, 1)
        await ctx.tick()
        ctx.set(dut.rewind, 0)
        await ctx.tick().repeat(4)
        assert ctx.get(dut.position) == 0
        ctx.set(dut.acknowledge, 1)
        ctx.set(dut.acknowledged, 10)
        await ctx.tick()
        ctx.set(dut.acknowledge, 0)
        ctx.set(dut.request, 1)
        while not starts:
            _, _, taken, position = await ctx.tick().sample(dut.taken, dut.position)
            starts.extend([position] * taken)

    bench.add(host)
    bench.run(lambda: bool(starts))
    assert starts == [10]
