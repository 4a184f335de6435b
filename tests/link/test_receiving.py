"""Deframer, frame check, payload store, and the receiver that they make."""

import pytest

from lls_hw.contract.frames import CRC_BYTES, Frame, Kind, encode
from lls_hw.gateware.link.deframer import Deframer
from lls_hw.gateware.link.frame_check import FrameCheck
from lls_hw.gateware.link.payload_store import PayloadStore
from lls_hw.gateware.link.receiver import Receiver
from tests.gateware.helpers import play
from tests.link.bench import CONTENT, Bench


def test_deframer_undoes_the_escaping_at_one_byte_a_cycle():
    wire = bytes.fromhex("11227e7d5e7d5d5e5d00ff7d5d7d5d7d5e7e7e427e")
    out: list = []
    bench = Bench(dut := Deframer())
    # The simulation ends with the last byte: one more, so that the flag before it comes out.
    bench.feed(dut.i, wire + b"\0")
    bench.watch(dut.o.valid, dut.o.payload, out)
    bench.run()
    assert bytes(c.byte for c in out if not c.last) == b"\x11\x22" + CONTENT + b"\x42"
    assert [k for k, c in enumerate(out) if c.last] == [2, 12, 13, 15]
    assert bench.cycles <= len(wire) + 2


def content(frame: Frame, change: int | None = None) -> list[dict]:
    """A frame between deframer and check; the byte `change` is damaged."""
    body = bytearray(encode(frame)[1:-1])
    assert 0x7D not in body
    if change is not None:
        body[change] ^= 1
    return [{"byte": byte, "last": 0} for byte in body] + [{"byte": 0xAA, "last": 1}]


def test_frame_check_splits_frames_and_judges_them():
    """Also after frames that are damaged, too short, or empty."""
    frame = Frame(Kind.GAP, 0x1234, 0x0506, 0x0708, b"abc")
    short = content(frame)[-4:]
    wire = [
        *content(frame),
        *content(frame, 9),
        short[-1],
        *short,
        *content(frame._replace(kind=2)),
    ]
    payload: list[int] = []
    ends: list = []
    bench = Bench(dut := FrameCheck())
    bench.feed(dut.i, wire)
    bench.watch(dut.payload.valid, dut.payload.payload, payload)
    bench.watch(dut.end.valid, dut.end.payload, ends)
    bench.run(settle=2)
    assert [end.good for end in ends] == [1, 0, 0, 1]
    for end, kind in (ends[0], Kind.GAP), (ends[3], Kind.HELLO):
        assert (end.header.kind, end.header.sequence, end.header.received) == (kind, 0x1234, 0x0506)
    assert len(payload) == 3 * (3 + CRC_BYTES)
    assert bytes(payload[:3]) == bytes(payload[-7:-4]) == b"abc"


def test_payload_store_keeps_or_takes_back():
    """A byte leaves 2 cycles after the verdict; what is dropped leaves no trace."""
    idle = {"i.valid": 0, "verdict.valid": 0}
    crc = [{"i.valid": 1, "i.payload": 0xCC} for _ in range(CRC_BYTES)]

    def verdict(keep):
        return {"i.valid": 0, "verdict.valid": 1, "verdict.payload": keep}

    def frame(data, keep):
        bytes_ = [{"i.valid": 1, "i.payload": byte, "verdict.valid": 0} for byte in data]
        return [*bytes_, *crc, verdict(keep)]

    stimulus = [{"o.ready": 1}, *frame(b"bad", 0), *frame(b"ok", 1), *[idle] * 5]
    outputs = ["o.valid", "o.payload", "progress.received", "progress.consumed", "overflow"]
    seen = play(PayloadStore(16), stimulus, outputs)
    last = len(stimulus) - 6
    assert [row["o.valid"] for row in seen[last:]] == [0, 0, 1, 1, 0, 0]
    assert bytes(row["o.payload"] for row in seen[last + 2 : last + 4]) == b"ok"
    assert [row["progress.received"] for row in seen[last:]] == [0, 2, 2, 2, 2, 2]
    assert [row["progress.consumed"] for row in seen[last:]] == [0, 0, 1, 2, 2, 2]
    assert not any(row["overflow"] for row in seen)


def test_payload_store_overflows_with_the_first_byte_that_does_not_fit():
    stimulus = [{"o.ready": 0, "i.valid": 1, "i.payload": 1}] * 18
    stimulus += [{"i.valid": 0, "verdict.valid": 1, "verdict.payload": 0}, {"verdict.valid": 0}]
    seen = play(PayloadStore(16), stimulus, ["overflow", "progress.received"])
    assert [row["overflow"] for row in seen] == [0] * 17 + [1, 1, 0]
    assert seen[-1]["progress.received"] == 0


def receive(wire, *, depth=64, stall=0.0, expect=0):
    """Payload, whether bytes were missing at the end of each frame, cycles."""
    out, missing = [], []
    bench = Bench(dut := Receiver(depth))
    bench.feed(dut.i, wire)
    bench.collect(dut.o, out, stall=stall)
    bench.watch(dut.report.valid, dut.report.payload.missing, missing)
    bench.run(lambda: len(out) >= expect, settle=8)
    return bytes(out), missing, bench.cycles


@pytest.mark.parametrize("stall", [0.0, 0.9])
def test_receiver_in_order(stall):
    pieces = [bytes([k] * k) for k in range(12)]
    wire, position = b"", 0
    for piece in pieces:
        wire += encode(Frame(Kind.DATA, position, 0, 0, piece))
        position += len(piece)
    out, missing, _ = receive(wire, depth=128, stall=stall, expect=position)
    assert out == b"".join(pieces)
    assert missing == [0] * 12


def test_receiver_sustains_a_byte_a_cycle():
    payload = bytes(48)
    wire = b"".join(encode(Frame(Kind.DATA, 48 * k, 0, 0, payload)) for k in range(8))
    out, _, cycles = receive(wire, expect=8 * 48)
    assert out == 8 * payload
    assert cycles <= len(wire) + len(payload) + 12


def test_receiver_latency():
    """From the closing flag: the report after 1 cycle, the payload after 4."""
    wire = encode(Frame(Kind.DATA, 0, 0, 0, b"x"))
    stimulus = [{"i.valid": 1, "i.payload": byte, "o.ready": 1} for byte in wire]
    stimulus += [{"i.valid": 0}] * 5
    seen = play(Receiver(64), stimulus, ["report.valid", "o.valid", "o.payload"])
    flag = len(wire) - 1
    assert [row["report.valid"] for row in seen].index(1) == flag + 1
    assert [row["o.valid"] for row in seen].index(1) == flag + 4
    assert seen[flag + 4]["o.payload"] == ord("x")


def test_receiver_drops_repeated_damaged_and_early_frames():
    frames = [encode(Frame(Kind.DATA, 5 * k, 0, 0, bytes([k] * 5))) for k in range(3)]
    damaged = bytearray(frames[1])
    damaged[9] ^= 4
    wire = frames[0] + frames[0] + frames[2] + damaged + frames[1][:-3] + frames[1] + frames[2]
    out, missing, _ = receive(wire, expect=15)
    assert out == bytes([0] * 5 + [1] * 5 + [2] * 5)
    assert missing == [0, 0, 1, 1, 1, 0, 0]


def test_receiver_takes_no_payload_from_a_hello():
    frames = Frame(Kind.HELLO, 0, 0, 0, b"no"), Frame(Kind.DATA, 0, 0, 0, b"yes")
    out, missing, _ = receive(b"".join(map(encode, frames)), expect=3)
    assert out == b"yes"
    assert missing == [0, 0]


def test_receiver_refuses_what_does_not_fit_and_recovers():
    depth = 32
    fits = Frame(Kind.DATA, 0, 0, 0, bytes(range(depth - 4)))
    excess = Frame(Kind.DATA, 0, 0, 0, bytes(depth - 3))
    out, missing, _ = receive(encode(excess) + encode(fits), depth=depth, expect=depth - 4)
    assert out == fits.payload
    assert missing == [1, 0]


def test_a_cleared_receiver_forgets_what_nobody_has_taken():
    """Every byte that waits, wherever in it: none of the old ones leaves after a clear."""
    old, new = (encode(Frame(Kind.DATA, 0, 0, 0, text)) for text in (b"old bytes", b"new"))
    stimulus = [{"i.valid": 1, "i.payload": byte, "o.ready": 0} for byte in old]
    stimulus += [{"i.valid": 0}] * 12 + [{"clear": 1}, {"clear": 0, "o.ready": 1}]
    stimulus += [{"i.valid": 1, "i.payload": byte} for byte in new] + [{"i.valid": 0}] * 8
    seen = play(Receiver(64), stimulus, ["o.valid", "o.payload"])
    cleared = len(old) + 12
    assert seen[cleared - 1]["o.valid"] and seen[cleared - 1]["o.payload"] == ord("o")
    left = bytes(row["o.payload"] for row in seen[cleared + 1 :] if row["o.valid"])
    assert left == b"new"
