"""Framer, frame sender, reply store, and the transmitter that they make."""

import random

import pytest

from lls_hw.contract.frames import (
    FLAG,
    HEADER_BYTES,
    MAX_REPLY_BYTES,
    Decoder,
    Frame,
    encode,
)
from lls_hw.gateware.link.checksum import Checksum
from lls_hw.gateware.link.frame_sender import FrameSender
from lls_hw.gateware.link.framer import Framer
from lls_hw.gateware.link.reply_store import ReplyStore
from lls_hw.gateware.link.transmitter import Transmitter
from tests.gateware.helpers import play
from tests.link.bench import CONTENT, STALLS, Bench


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


@pytest.mark.parametrize("stalls", STALLS)
def test_checksum_appends_the_crc(stalls):
    frames = [Frame(0, 1, 2, 3, b"abc"), Frame(1, 4, 5, 6)]
    bodies = [encode(frame)[1:-1] for frame in frames]
    assert not any(0x7D in body for body in bodies)
    contents, out = [], []
    for body in bodies:
        contents += [{"byte": byte, "last": 0} for byte in body[:-4]] + [{"byte": 9, "last": 1}]
    bench = Bench(dut := Checksum())
    bench.feed(dut.i, contents, stall=stalls[0])
    bench.collect(dut.o, out, stall=stalls[1])
    bench.run(lambda: len(out) == sum(map(len, bodies)))
    assert bytes(c.byte for c in out) == b"".join(bodies)
    assert [k for k, c in enumerate(out) if c.last] == [len(bodies[0]) - 1, len(out) - 1]


@pytest.mark.parametrize("replies", [0, 1, 5])
def test_frame_sender_takes_as_many_cycles_as_it_says(replies):
    """From the header that is taken to the next one."""
    header = {"kind": 1, "sequence": 0x0203, "received": 0x0405, "consumed": 0x0607}
    first = {
        "offer.header": header, "offer.request": 1, "o.ready": 1, "replies.settled": 1,
        "replies.more": replies > 0, "replies.data": 0xAB,
    }  # fmt: skip
    cycles = HEADER_BYTES + 3 + (replies + 1 if replies else 0)
    # Replies are fetched from the cycle on in which the payload begins.
    ends = HEADER_BYTES + 1 + replies
    stimulus = [first, *[{} for _ in range(cycles)]]
    stimulus[ends] = {"replies.more": 0}
    outputs = ["offer.taken", "o.valid", "o.payload", "replies.enable", "replies.idle"]
    seen = play(FrameSender(), stimulus, outputs)
    assert [k for k, row in enumerate(seen) if row["offer.taken"]] == [0, cycles]
    assert [k for k, row in enumerate(seen) if row["replies.idle"]] == [0, cycles]
    assert sum(row["replies.enable"] for row in seen) == replies
    sent = [row["o.payload"] for row in seen if row["o.valid"]]
    assert bytes(c.byte for c in sent[:-1]) == bytes([1, 3, 2, 5, 4, 7, 6]) + b"\xab" * replies
    assert [c.last for c in sent] == [0] * (len(sent) - 1) + [1]


def test_frame_sender_waits_until_the_position_has_settled():
    base = {"offer.request": 1, "replies.settled": 0}
    seen = play(FrameSender(), [base, {}, {"replies.settled": 1}, {}], ["offer.taken"])
    assert [row["offer.taken"] for row in seen] == [0, 0, 1, 0]


OUTPUTS = ["i.ready", "read.worth", "read.more", "read.settled", "read.position", "read.data"]


def test_reply_store_waits_for_a_full_frame_while_more_follow():
    """A byte is worth a frame 2 cycles after it was taken; with `hold`, only when it fills one."""
    taken = MAX_REPLY_BYTES
    stimulus = [{"i.valid": 1, "i.payload": 5, "hold": 1} for _ in range(taken)]
    stimulus += [{"i.valid": 0}] * 3
    seen = play(ReplyStore(512), stimulus, OUTPUTS)
    assert [row["read.worth"] for row in seen].index(1) == taken - 1 + 2
    stimulus = [{"i.valid": 1, "i.payload": 5, "hold": 1}, *[{"i.valid": 0}] * 4, {"hold": 0}, {}]
    seen = play(ReplyStore(512), stimulus, OUTPUTS)
    assert [row["read.more"] for row in seen] == [0, 1, 1, 1, 1, 1, 1]
    assert [row["read.worth"] for row in seen] == [0, 0, 0, 0, 0, 0, 1]
    stimulus = [{"i.valid": 1, "i.payload": 5}, {"i.valid": 0}, {}, {}]
    seen = play(ReplyStore(512), stimulus, OUTPUTS)
    assert [row["read.worth"] for row in seen] == [0, 0, 1, 1]


def test_reply_store_reads_again_from_what_was_acknowledged():
    """Ten bytes, of which the host has four; an older acknowledgement changes nothing."""
    stimulus = [{"i.valid": 1, "i.payload": k} for k in range(10)]
    stimulus += [{"i.valid": 0, "read.enable": 1}, *[{} for _ in range(9)]]
    stimulus += [{"read.enable": 0}]
    again = {"acknowledge.valid": 1, "acknowledge.payload": {"position": 4, "again": 1}}
    old = {"acknowledge.valid": 1, "acknowledge.payload": {"position": 2, "again": 0}}
    none = {"acknowledge.valid": 0}
    stimulus += [again, old, none, none, {"read.idle": 1}, {"read.idle": 0}, {}, {}]
    stimulus += [{"read.enable": 1}, {"read.enable": 0}]
    seen = play(ReplyStore(512), stimulus, OUTPUTS)
    assert [row["read.data"] for row in seen[11:21]] == list(range(10))
    assert [row["read.position"] for row in seen[20:]] == [10] * 6 + [4] * 4 + [5]
    assert [row["read.settled"] for row in seen[20:]] == [1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert seen[-1]["read.data"] == 4


def test_reply_store_has_room_again_when_the_host_has_all():
    """Three cycles after the acknowledgement: its differences, the tail, the level."""
    depth = 512
    stimulus = [{"i.valid": 1, "i.payload": 1} for _ in range(depth)]
    stimulus += [{"i.valid": 0, "acknowledge.valid": 1, "acknowledge.payload.position": depth}]
    stimulus += [{"acknowledge.valid": 0}, {}, {}, {}]
    seen = play(ReplyStore(depth), stimulus, OUTPUTS)
    assert [row["i.ready"] for row in seen[depth - 1 :]] == [1, 0, 0, 0, 1, 1]


def test_reply_store_fills_and_clears():
    depth = 512
    stimulus = [{"i.valid": 1, "i.payload": 1} for _ in range(depth + 3)]
    stimulus += [{"clear": 1}, {"clear": 0, "i.valid": 0}, {}]
    seen = play(ReplyStore(depth), stimulus, OUTPUTS)
    assert [row["i.ready"] for row in seen] == [1] * depth + [0] * 3 + [1, 0, 1]
    assert [row["read.more"] for row in seen[-4:]] == [1, 0, 0, 0]


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
            ctx.set(dut.offer.header.sequence, ctx.get(dut.position))
            if len(wire) == seen or wire[-1] != FLAG:
                continue
            fresh, seen = wire[seen:], len(wire)
            for frame in decoder.feed(bytes(fresh)):
                assert len(frame.payload) <= MAX_REPLY_BYTES
                skip = len(stream) - frame.sequence
                assert skip >= 0, "bytes are missing"
                stream.extend(frame.payload[skip:])
                rewinds += 1
                have = len(stream) - 100 if rewinds % 3 else len(stream)
                again = rewinds % 3 == 0 and rewinds < 12
                ctx.set(dut.acknowledge.payload, {"position": have % 65536, "again": again})
                ctx.set(dut.acknowledge.valid, 1)
                await ctx.tick()
                # A repeated frame acknowledges what has long been forgotten.
                old = max(0, len(stream) - 600)
                ctx.set(dut.acknowledge.payload, {"position": old, "again": 0})
                await ctx.tick()
                ctx.set(dut.acknowledge.valid, 0)
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
        header = {"kind": 2, "sequence": 7, "received": 8, "consumed": 0x7E7D}
        ctx.set(dut.offer.header, header)
        ctx.set(dut.offer.request, 1)
        await ctx.tick().until(dut.offer.taken)
        ctx.set(dut.offer.request, 0)

    bench.add(ask)
    bench.run(lambda: len(wire) > 2 and wire[-1] == FLAG)
    decoder = Decoder()
    assert decoder.feed(bytes(wire)) == [Frame(2, 7, 8, 0x7E7D)]
    assert decoder.damaged == 0
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
        ctx.set(dut.acknowledge.payload, {"position": 0, "again": 1})
        ctx.set(dut.acknowledge.valid, 1)
        await ctx.tick()
        ctx.set(dut.acknowledge.valid, 0)
        await ctx.tick().repeat(4)
        assert ctx.get(dut.position) == 0
        ctx.set(dut.acknowledge.payload, {"position": 10, "again": 0})
        ctx.set(dut.acknowledge.valid, 1)
        await ctx.tick()
        ctx.set(dut.acknowledge.valid, 0)
        ctx.set(dut.offer.request, 1)
        while not starts:
            _, _, taken, position = await ctx.tick().sample(dut.offer.taken, dut.position)
            starts.extend([position] * taken)

    bench.add(host)
    bench.run(lambda: bool(starts))
    assert starts == [10]
