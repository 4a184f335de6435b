"""Credit and answers: when the board says something, and what."""

import random

import pytest

from lls_hw.contract.frames import CREDIT_PARTS, PROTOCOL, Frame, Kind
from lls_hw.gateware.link.answers import Answers
from lls_hw.gateware.link.credit import Credit
from tests.gateware.helpers import play


def progress(received, consumed):
    return {"progress.received": received, "progress.consumed": consumed}


@pytest.mark.parametrize("depth", [256, 4096])
def test_credit_is_due_at_every_quarter_and_when_the_buffer_is_empty(depth):
    """Bytes leave one by one; the host is told when it is due. Positions wrap."""
    assert CREDIT_PARTS == 4
    end = 65536 + 2 * depth + 5
    told, stimulus = [], []
    start = 65536 - 2 * depth
    for consumed in range(start, end + 1):
        due = consumed % (depth // 4) == 0 or consumed == end
        told += [due]
        stimulus.append({**progress(end % 65536, consumed % 65536), "told": due})
    stimulus[0]["told"] = 1
    seen = play(Credit(depth), stimulus, ["due"])
    assert [row["due"] for row in seen][1:] == told[1:]


def test_credit_is_not_due_before_anything_has_left():
    """After a clear the host knows that the stream starts at 0."""
    stimulus = [{**progress(100, 7), "told": 1}, {"told": 0}, progress(7, 7), progress(9, 9)]
    stimulus += [{**progress(0, 0), "clear": 1}, {"clear": 0}, progress(5, 5)]
    seen = play(Credit(256), stimulus, ["due"])
    assert [row["due"] for row in seen] == [0, 0, 0, 1, 1, 0, 1]


def report(kind=Kind.DATA, *, good=1, missing=0, sequence=0, received=0):
    header = {"kind": kind, "sequence": sequence, "received": received}
    return {
        "report.valid": 1,
        "report.payload": {"good": good, "missing": missing, "header": header},
    }


SILENT = {"report.valid": 0}
OUTPUTS = [
    "offer.request", "offer.header", "clear", "acknowledge.valid", "acknowledge.payload",
]  # fmt: skip


def header(row) -> Frame:
    value = row["offer.header"]
    return Frame(value.kind, value.sequence, value.received, value.consumed)


def test_every_frame_is_answered_once():
    """The request comes a cycle after the report and stays until the header is taken."""
    stimulus = [{**progress(9, 9), "offer.taken": 1}, {"offer.taken": 0, "position": 77}]
    stimulus += [report(received=5), SILENT, {}, {"offer.taken": 1}, {"offer.taken": 0}]
    seen = play(Answers(256), stimulus, OUTPUTS)
    assert [row["offer.request"] for row in seen[1:]] == [0, 0, 1, 1, 1, 0]
    assert header(seen[4]) == Frame(Kind.DATA, 77, 9, 9)
    assert [row["acknowledge.valid"] for row in seen] == [0, 0, 1, 0, 0, 0, 0]
    assert (seen[2]["acknowledge.payload"].position, seen[2]["acknowledge.payload"].again) == (5, 0)


def test_missing_bytes_are_reported_until_they_have_been():
    """Also when a good frame follows before the answer leaves, or one arrives as it leaves."""
    taken = {"report.valid": 0, "offer.taken": 1}
    stimulus = [report(good=0, missing=1), report(), taken, {"offer.taken": 0}]
    stimulus += [report(good=0, missing=1), {**report(), "offer.taken": 1}]
    stimulus += [{"offer.taken": 0, **SILENT}, taken, {"offer.taken": 0}]
    stimulus += [report(missing=1), {**report(missing=1), "offer.taken": 1}]
    stimulus += [{"offer.taken": 0, **SILENT}]
    seen = play(Answers(256), stimulus, OUTPUTS)
    kinds = [header(row).kind if row["offer.request"] else None for row in seen]
    gap, data = Kind.GAP, Kind.DATA
    assert kinds == [None, gap, gap, None, None, gap, data, data, None, None, gap, gap]
    assert [row["acknowledge.valid"] for row in seen] == [0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0]


def test_a_gap_asks_for_the_replies_again():
    seen = play(Answers(256), [report(Kind.GAP, received=3), SILENT], OUTPUTS)
    again = seen[0]["acknowledge.payload"]
    assert seen[0]["acknowledge.valid"] and (again.position, again.again) == (3, 1)
    seen = play(Answers(256), [report(Kind.GAP, good=0, missing=1)], OUTPUTS)
    assert not seen[0]["acknowledge.valid"]


def test_hello_clears_at_once_and_is_answered_when_the_old_session_is_over():
    stimulus = [report(), report(Kind.HELLO, sequence=0xBEEF), {**SILENT, **progress(3, 3)}, {}]
    stimulus += [{"idle": 1}, {"offer.taken": 1}, {"offer.taken": 0, **progress(0, 0)}]
    seen = play(Answers(256), stimulus, OUTPUTS)
    assert [row["clear"] for row in seen] == [0, 0, 1, 1, 1, 1, 0]
    assert [row["offer.request"] for row in seen] == [0, 1, 0, 0, 1, 1, 0]
    assert header(seen[4]) == Frame(Kind.HELLO, 0xBEEF, 252, PROTOCOL)
    assert not seen[1]["acknowledge.valid"]


def test_a_damaged_hello_is_none():
    seen = play(Answers(256), [report(Kind.HELLO, good=0, missing=1), SILENT, {}], OUTPUTS)
    assert not any(row["clear"] for row in seen)
    assert header(seen[1]).kind == Kind.GAP


def test_positions_are_those_of_the_moment():
    rng = random.Random(1)
    rows = [
        {"position": rng.randrange(65536), **progress(rng.randrange(65536), rng.randrange(65536))}
        for _ in range(50)
    ]
    for row, seen in zip(rows, play(Answers(256), rows, OUTPUTS), strict=True):
        assert header(seen) == Frame(Kind.DATA, *row.values())
