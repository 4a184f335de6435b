"""How often a host asks a board that takes long: seldom; and a cable that loses much: often."""

import pytest

from lls_hw.contract.frames import PROTOCOL, Decoder, Frame, Kind, encode
from lls_hw.driver.connection import Connection
from lls_hw.driver.errors import LinkTimeout

PATIENCE = 200.0


WINDOW = 1000


class SlowBoard:
    """Answers every frame at once, and never gets on; time passes while the host listens."""

    def __init__(self):
        self.now, self.times, self._answers, self._decoder = 0.0, [], b"", Decoder()

    def send(self, data):
        for frame in self._decoder.feed(data):
            self.times.append(round(self.now, 1))
            if frame.kind == Kind.HELLO:
                self.answer(Kind.HELLO, frame.sequence, WINDOW, PROTOCOL)
            else:
                self.take(frame)

    def take(self, frame):
        self.answer(Kind.DATA, 0, 0, 0)

    def answer(self, *frame):
        self._answers += encode(Frame(*frame))

    def receive(self, wait):
        self.now += wait
        answers, self._answers = self._answers, b""
        return answers

    def close(self):
        pass


class Answering(SlowBoard):
    """Answers each byte of a command with one of a reply, `pace` seconds later."""

    pace, due, received, replied = 0.0, None, 0, 0

    def take(self, frame):
        if frame.payload:
            self.times.pop()  # no poll
            self.due = self.now + self.pace
            self.received += 1
        else:
            self.answer(Kind.DATA, self.replied, self.received, self.received)

    def receive(self, wait):
        if self.due is not None and self.now + wait >= self.due:
            self.due = None
            self.answer(Kind.DATA, self.replied, self.received, self.received, b"x")
            self.replied += 1
        return super().receive(wait)


class Losing(SlowBoard):
    """Loses each frame with a payload the first time that it is sent."""

    received, listens = 0, False

    def take(self, frame):
        if not frame.payload:
            self.listens = True
            self.answer(Kind.GAP, 0, self.received, self.received)
        elif self.listens:
            self.received += len(frame.payload)
            self.listens = False
            self.answer(Kind.DATA, 0, self.received, self.received)


def connection(board, monkeypatch):
    monkeypatch.setattr("lls_hw.driver.connection.time.monotonic", lambda: board.now)
    link = Connection(board, "a slow board", patience=PATIENCE)
    link.hello()
    board.times.clear()
    return link


def test_polls_become_seldom(monkeypatch):
    """Each waits four times as long as the one before, 30 s at most."""
    board = SlowBoard()
    link = connection(board, monkeypatch)
    begun = board.now
    with pytest.raises(LinkTimeout, match="answers but has made no progress for 200 s"):
        link.receive(1)
    gaps = [b - a for a, b in zip([begun, *board.times], board.times, strict=False)]
    assert gaps == pytest.approx([0.2, 0.8, 3.2, 12.8, *[30] * 6], abs=0.2)


def test_what_is_lost_is_asked_for_soon(monkeypatch):
    """However often that happens while the host waits."""
    board, frames = Losing(), 20
    link = connection(board, monkeypatch)
    begun = board.now
    link.send(bytes(frames * WINDOW))
    link.send(bytes(1))
    assert board.received == frames * WINDOW
    assert link.statistics.retransmissions == frames
    assert board.now - begun == pytest.approx(0.25 * frames, abs=0.1 * frames)


def test_polls_adapt_to_the_board(monkeypatch):
    """One that has taken long is asked later; a quick one as soon as at first."""
    board = Answering()
    link = connection(board, monkeypatch)

    def polls(pace, rounds=1):
        board.times.clear()
        board.pace, begun = pace, board.now
        for _ in range(rounds):
            link.send(b"c", 1)
            assert link.receive(1) == b"x"
        return [round(time - begun, 1) for time in board.times]

    assert polls(100) == pytest.approx([0.2, 1, 4.2, 17, 47, 77], abs=0.3)
    assert polls(100) == pytest.approx([30, 60, 90], abs=0.3)
    assert polls(14) == []
    assert polls(14) == []
    assert polls(14) == pytest.approx([7.5], abs=0.3)
    assert polls(0.1, rounds=8) == []
    assert polls(3) == pytest.approx([0.2, 1], abs=0.2)
