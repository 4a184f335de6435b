"""Connection: two reliable streams over a transport that may lose or change bytes."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lls_hw.contract.frames import (
    FARTHEST,
    POSITION_BITS,
    PROTOCOL,
    Decoder,
    Frame,
    Kind,
    distance,
    encode,
    wrap,
)
from lls_hw.driver.errors import LinkTimeout, NotOurDevice
from lls_hw.driver.transport import Transport

__all__ = ["Connection", "Statistics"]

_PAYLOAD = 1024
"""Longest payload of a frame: a longer one loses more when it is damaged, a shorter one costs more
overhead."""
_ACKNOWLEDGE = 512
"""Bytes of replies after which the board hears of them; until then it keeps them."""
_POLL = 0.2
"""Seconds without progress after which the host sends a frame; the board answers every one."""
_LONGEST_POLL = 30.0
_SLOWER = 4
"""Each such frame makes the time until the next one so many times as long, up to this many seconds;
each wait without one halves it, and something that turns out to be lost makes it shortest. So a
board that takes long is asked about seldom, a bad cable often."""


@dataclass
class Statistics:
    """What has passed over a connection."""

    bytes_sent: int = 0
    bytes_received: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    frames_damaged: int = 0
    """Frames that arrived damaged at the host."""
    retransmissions: int = 0
    """How often the host sent a part of the commands again."""
    repetitions: int = 0
    """How often the host asked for a part of the replies again."""


class _Attempt(NamedTuple):
    """When the host last did something about a gap, and at which position."""

    position: int = -1
    time: float = 0.0

    def worth_repeating(self, position: int, now: float) -> bool:
        """True for a new gap or an old attempt: frames under way may still mention a gap that
        the host has dealt with."""
        return position != self.position or now - self.time > _POLL


class Connection:
    """Sends commands in order, returns replies in order, and repairs what gets lost on the way.

    There is no thread; all work is done inside the calls. A call returns when all its commands
    have been sent or all its replies are here.

    Parameters
    ----------
    transport : carries the bytes. name : of the board, for messages.
    timeout : seconds that the board may stay silent before the connection gives up.
    patience : seconds that a board which answers may make no progress; longer than any run.
    """

    def __init__(
        self, transport: Transport, name: str, *, timeout: float = 10.0, patience: float = 120.0
    ) -> None:
        self.statistics = Statistics()
        self.patience = patience
        self._transport, self._name, self._timeout = transport, name, timeout
        self._decoder = Decoder()
        # Positions count from HELLO and never wrap; the wire carries their low bits.
        self._commands = bytearray()
        """Commands that the board has not yet received, from position `_received` on."""
        self._received = 0
        self._consumed = 0
        self._next = 0
        """Position of the next byte to send; it goes back when something gets lost."""
        self._sent = 0
        """Highest position ever sent."""
        self._window = 0
        self._replies = bytearray()
        """Replies that the caller has not taken yet; they end at position `_replied`."""
        self._replied = 0
        self._wanted = 0
        """Position up to which the commands ask for replies."""
        self._acknowledged = 0
        self._resent, self._asked = _Attempt(), _Attempt()
        self._progress = self._polled = time.monotonic()
        self._poll = _POLL
        self._unanswered: float | None = None
        """When the host sent the first of the polls that are still unanswered."""

    def hello(self) -> None:
        """Start a session; LinkTimeout or NotOurDevice if no board of ours answers."""
        session = secrets.randbits(POSITION_BITS)
        end, polled = time.monotonic() + self._timeout, float("-inf")
        while (now := time.monotonic()) < end:
            if now - polled > _POLL:
                self._transmit(Frame(Kind.HELLO, session, 0, 0))
                polled = now
            for frame in self._arrived(_POLL / 4):
                if frame.kind == Kind.HELLO and frame.sequence == session:
                    return self._welcome(frame)
        if self.statistics.bytes_received and not self.statistics.frames_received:
            raise NotOurDevice(
                f"{self._name} sends data but does not answer as an lls-hw board does; check that "
                f"this is the right port and that the board's bitstream is loaded."
            )
        remedy = (
            "it may still be carrying out what an earlier program asked for: wait, or start it "
            "again"
            if self._transport.simulated
            else "check the cable and the power, and load the board's bitstream, also if the board "
            "may still be carrying out what an earlier program asked for"
        )
        raise LinkTimeout(f"{self._name} did not answer within {self._timeout:g} s; {remedy}.")

    def _welcome(self, frame: Frame) -> None:
        if frame.consumed != PROTOCOL:
            raise NotOurDevice(
                f"{self._name} speaks link protocol {frame.consumed:#06x}, but this driver speaks "
                f"{PROTOCOL:#06x}; build the bitstream with the lls-hw version of the driver."
            )
        self._window = frame.received
        self._unanswered = None

    def send(self, commands: bytes, replies: int = 0) -> None:
        """Send commands that ask for so many bytes of replies.

        Waits while the board has no room for them. NotOurDevice for replies beyond those.
        """
        self._commands += commands
        self._wanted += replies
        self._wait_until(lambda: self._next == self._received + len(self._commands))

    def receive(self, count: int) -> bytes:
        """The next `count` bytes of replies; waits for them."""
        self._wait_until(lambda: len(self._replies) >= count)
        data = bytes(self._replies[:count])
        del self._replies[:count]
        return data

    def available(self) -> int:
        """Bytes of replies that have arrived; does not wait for more."""
        self._pump(0.0)
        return len(self._replies)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def _wait_until(self, done: Callable[[], bool]) -> None:
        self._progress = begun = time.monotonic()
        self._pump(0.0)
        if done():
            return
        while not done():
            self._pump(_POLL / 4)
            self._check_time()
        if self._polled < begun:
            self._poll = max(_POLL, self._poll / 2)

    def _pump(self, wait: float) -> None:
        """Send what the credit allows, and take in what has arrived."""
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
        replied = wrap(self._replied)
        return Frame(kind, wrap(self._next), replied, replied, payload)

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
        """Send what the board has room for; no short frames while others are under way."""
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
        """Note what the board has received and consumed. An old frame would advance too far."""
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
        """Take the new part of the payload, if it continues what is here."""
        skip = distance(frame.sequence, self._replied)
        if skip < len(frame.payload):
            self._replies += frame.payload[skip:]
            self._replied += len(frame.payload) - skip
            if self._replied > self._wanted:
                raise NotOurDevice(
                    f"{self._name} sends replies that nobody asked for; check that no other "
                    "program uses it and that its bitstream is ours, then open it again."
                )
            self._progress = time.monotonic()

    def _look_for_gaps(self, frame: Frame) -> None:
        """Send again, or ask again, once for each gap."""
        now = time.monotonic()
        if frame.kind == Kind.GAP and self._next > self._received:
            if self._resent.worth_repeating(self._received, now):
                self._resent = _Attempt(self._received, now)
                self._next, self._poll = self._received, _POLL
                self.statistics.retransmissions += 1
        ahead = distance(self._replied, frame.sequence)
        if 0 < ahead <= FARTHEST and self._asked.worth_repeating(self._replied, now):
            self._asked, self._poll = _Attempt(self._replied, now), _POLL
            self._transmit(self._frame(Kind.GAP))
            self.statistics.repetitions += 1

    def _check_time(self) -> None:
        """Poll a silent board; LinkTimeout when it does not answer or makes no progress."""
        now = time.monotonic()
        if now - max(self._progress, self._polled) > self._poll:
            self._polled, self._poll = now, min(_SLOWER * self._poll, _LONGEST_POLL)
            self._unanswered = self._unanswered or now
            self._transmit(self._frame(Kind.DATA))
        if self._unanswered is not None and now - self._unanswered > self._timeout:
            raise LinkTimeout(
                f"{self._name} has not answered for {self._timeout:g} s; check the cable and the "
                f"power, then open the board again."
            )
        if now - self._progress > self.patience:
            raise LinkTimeout(
                f"{self._name} answers but has made no progress for {self.patience:g} s; load its "
                f"bitstream again, or open it with a larger patience if a run takes that long."
            )
