"""Connection: the two reliable streams over a transport that may lose and change bytes."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lls_hw.contract.frames import PROTOCOL, Decoder, Frame, Kind, distance, encode
from lls_hw.driver.errors import LinkTimeout, NotOurDevice
from lls_hw.driver.transport import Transport

__all__ = ["Connection", "Statistics"]

_PAYLOAD = 1024
"""Longest payload of a frame: a damaged one costs that much, a shorter one more overhead."""
_ACKNOWLEDGE = 512
"""The board keeps replies until they are acknowledged: say so after that many bytes."""
_POLL = 0.2
"""Seconds without progress after which the board is asked; it answers every frame."""


@dataclass
class Statistics:
    """What has passed through a connection."""

    bytes_sent: int = 0
    bytes_received: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    frames_damaged: int = 0
    """Frames that arrived here damaged."""
    retransmissions: int = 0
    """Times that a part of the commands was sent again."""
    repetitions: int = 0
    """Times that the board was asked to send a part of the replies again."""


class _Attempt(NamedTuple):
    """When something was last done about a gap at some position."""

    position: int = -1
    time: float = 0.0

    def worth_repeating(self, position: int, now: float) -> bool:
        """What is on its way may still mention a gap that has been dealt with."""
        return position != self.position or now - self.time > _POLL


class Connection:
    """Commands go out in order, replies come back in order; what got lost is sent again.

    Everything happens inside the calls, there is no thread: a call returns when all commands are
    on their way or the replies it wants are there.

    Parameters
    ----------
    transport : the bytes' way. name : of the board, for messages.
    timeout : seconds without any answer after which the board is given up.
    patience : seconds an answering board may go without progress, that is the longest run.
    """

    def __init__(
        self, transport: Transport, name: str, *, timeout: float = 10.0, patience: float = 120.0
    ) -> None:
        self.statistics = Statistics()
        self._transport, self._name = transport, name
        self._timeout, self._patience = timeout, patience
        self._decoder = Decoder()
        # Positions count from HELLO without wrapping; the wire carries their low bits.
        self._commands = bytearray()
        """Commands the board has not yet received, from position `_received` on."""
        self._received = 0
        self._consumed = 0
        self._next = 0
        """Position of the next byte to send; goes back when something got lost."""
        self._sent = 0
        """Highest position ever sent."""
        self._window = 0
        self._replies = bytearray()
        """Replies that nobody has taken yet; they end at position `_replied`."""
        self._replied = 0
        self._acknowledged = 0
        self._resent, self._asked = _Attempt(), _Attempt()
        self._progress = self._polled = time.monotonic()
        self._unanswered: float | None = None
        """When the first poll was sent that nothing has answered."""

    def hello(self) -> None:
        """Start a session; LinkTimeout or NotOurDevice if the other side does not play along."""
        session = int.from_bytes(os.urandom(2), "little")
        end, polled = time.monotonic() + self._timeout, float("-inf")
        while (now := time.monotonic()) < end:
            if now - polled > _POLL:
                self._transmit(Frame(Kind.HELLO, session, 0, 0))
                polled = now
            for frame in self._arrived(_POLL / 4):
                if frame.kind == Kind.HELLO and frame.sequence == session:
                    return self._welcome(frame)
        if self.statistics.bytes_received:
            raise NotOurDevice(
                f"{self._name} sends data but does not answer as a board of ours; "
                f"check the port and that the board's bitstream is loaded."
            )
        raise LinkTimeout(
            f"{self._name} did not answer within {self._timeout:g} s; check the cable, the power "
            f"and that the board's bitstream is loaded."
        )

    def _welcome(self, frame: Frame) -> None:
        if frame.consumed != PROTOCOL:
            raise NotOurDevice(
                f"{self._name} speaks link protocol {frame.consumed:#06x}, this driver "
                f"{PROTOCOL:#06x}; build the bitstream and the driver from the same version."
            )
        self._window = frame.received
        self._unanswered = None

    def send(self, commands: bytes) -> None:
        """Put commands on their way; waits while the board has no room for them."""
        self._commands += commands
        self._wait_until(lambda: self._next == self._received + len(self._commands))

    def receive(self, count: int) -> bytes:
        """The next `count` bytes of replies; waits for them."""
        self._wait_until(lambda: len(self._replies) >= count)
        data = bytes(self._replies[:count])
        del self._replies[:count]
        return data

    def available(self) -> int:
        """Bytes of replies that are here; takes in what has arrived, without waiting."""
        self._pump(0.0)
        return len(self._replies)

    def close(self) -> None:
        """Let go of the transport."""
        self._transport.close()

    def _wait_until(self, done: Callable[[], bool]) -> None:
        self._progress = time.monotonic()
        self._pump(0.0)
        while not done():
            self._pump(_POLL / 4)
            self._check_time()

    def _pump(self, wait: float) -> None:
        """Send what there is credit for, take in what has arrived."""
        self._send_commands()
        for frame in self._arrived(wait):
            self._unanswered = None
            if frame.kind != Kind.HELLO:
                self._take_credit(frame)
                self._take_replies(frame)
                self._look_for_gaps(frame)
        self._send_commands()
        if self._replied - self._acknowledged >= _ACKNOWLEDGE:
            self._transmit(self._frame(Kind.DATA))

    def _frame(self, kind: Kind, payload: bytes = b"") -> Frame:
        self._acknowledged = self._replied
        replied = self._replied & 0xFFFF
        return Frame(kind, self._next & 0xFFFF, replied, replied, payload)

    def _transmit(self, frame: Frame) -> None:
        data = encode(frame)
        self._transport.send(data)
        self.statistics.bytes_sent += len(data)
        self.statistics.frames_sent += 1

    def _arrived(self, wait: float) -> list[Frame]:
        data = self._transport.receive(wait)
        frames = self._decoder.feed(data)
        self.statistics.bytes_received += len(data)
        self.statistics.frames_received += len(frames)
        self.statistics.frames_damaged = self._decoder.damaged
        return frames

    def _send_commands(self) -> None:
        """As many frames as the board has room for; no crumbs while others are on their way."""
        while True:
            rest = self._received + len(self._commands) - self._next
            credit = self._window - (self._next - self._consumed)
            size = min(rest, credit, _PAYLOAD)
            if size <= 0 or (size < min(rest, _PAYLOAD) and self._next > self._consumed):
                return
            start = self._next - self._received
            self._transmit(self._frame(Kind.DATA, bytes(self._commands[start : start + size])))
            self._next += size
            self._sent = max(self._sent, self._next)

    def _take_credit(self, frame: Frame) -> None:
        """What the board has received and consumed. An old frame would advance too far."""
        advance = distance(self._received, frame.received)
        if 0 < advance <= self._sent - self._received:
            del self._commands[:advance]
            self._received += advance
            self._next = max(self._next, self._received)
            self._progress = time.monotonic()
        advance = distance(self._consumed, frame.consumed)
        if 0 < advance <= self._received - self._consumed:
            self._consumed += advance
            self._progress = time.monotonic()

    def _take_replies(self, frame: Frame) -> None:
        """The part of the payload that is new, if it continues what is here."""
        skip = distance(frame.sequence, self._replied)
        if skip < len(frame.payload):
            self._replies += frame.payload[skip:]
            self._replied += len(frame.payload) - skip
            self._progress = time.monotonic()

    def _look_for_gaps(self, frame: Frame) -> None:
        """Send or ask again, once for each gap."""
        now = time.monotonic()
        if frame.kind == Kind.GAP and self._next > self._received:
            if self._resent.worth_repeating(self._received, now):
                self._resent = _Attempt(self._received, now)
                self._next = self._received
                self.statistics.retransmissions += 1
        ahead = distance(self._replied, frame.sequence)
        if 0 < ahead < 1 << 15 and self._asked.worth_repeating(self._replied, now):
            self._asked = _Attempt(self._replied, now)
            self._transmit(self._frame(Kind.GAP))
            self.statistics.repetitions += 1

    def _check_time(self) -> None:
        """Poll a silent board; give up when polls stay unanswered or nothing moves."""
        now = time.monotonic()
        if now - max(self._progress, self._polled) > _POLL:
            self._polled = now
            self._unanswered = self._unanswered or now
            self._transmit(self._frame(Kind.DATA))
        if self._unanswered is not None and now - self._unanswered > self._timeout:
            raise LinkTimeout(
                f"{self._name} has not answered for {self._timeout:g} s; check cable and power, "
                f"then open it again."
            )
        if now - self._progress > self._patience:
            raise LinkTimeout(
                f"{self._name} answers but has not got on for {self._patience:g} s; "
                f"load its bitstream again, or give it more patience."
            )
