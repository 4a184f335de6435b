"""How often a host asks a board that takes long: seldom, so that the line carries little."""

import pytest

from lls_hw.contract.frames import PROTOCOL, Decoder, Frame, Kind, encode
from lls_hw.driver.connection import Connection
from lls_hw.driver.errors import LinkTimeout

PATIENCE = 200.0


class SlowBoard:
    """Answers every frame at once, and never gets on; time passes while the host listens."""

    def __init__(self):
        self.now, self.times, self._answers, self._decoder = 0.0, [], b"", Decoder()

    def send(self, data):
        for frame in self._decoder.feed(data):
            self.times.append(round(self.now, 1))
            greeting = frame.kind == Kind.HELLO
            kind = Kind.HELLO if greeting else Kind.DATA
            received, consumed = (4092, PROTOCOL) if greeting else (0, 0)
            self._answers += encode(Frame(kind, frame.sequence, received, consumed))

    def receive(self, wait):
        self.now += wait
        answers, self._answers = self._answers, b""
        return answers

    def close(self):
        pass


def test_polls_become_seldom(monkeypatch):
    """Each waits four times as long as the one before, 30 s at most."""
    board = SlowBoard()
    monkeypatch.setattr("lls_hw.driver.connection.time.monotonic", lambda: board.now)
    link = Connection(board, "a slow board", patience=PATIENCE)
    link.hello()
    board.times.clear()
    begun = board.now
    with pytest.raises(LinkTimeout, match="answers but has made no progress for 200 s"):
        link.receive(1)
    gaps = [b - a for a, b in zip([begun, *board.times], board.times, strict=False)]
    assert gaps == pytest.approx([0.2, 0.8, 3.2, 12.8, *[30] * 6], abs=0.2)
