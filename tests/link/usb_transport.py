"""The serial port that an operating system makes of a host on the bus."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from lls_hw.contract.usb import BIT_RATE, PACKET_BYTES
from lls_hw.driver import connection
from tests.link.usb_disturbances import DATA, Disturbances
from tests.link.usb_host import FRAME_BITS, NAK, Host, NoAnswer

__all__ = ["HostTransport", "board_time"]

_LONGEST = 200
"""Frames that a packet may wait until the board takes it."""


class HostTransport:
    """A transport over a host's bulk transfers; its time is that of the bus.

    Parameters
    ----------
    host : has found the board.
    disturbances : of its bus.
    hurry : how many times as fast the driver's clock goes. What it waits for without need, such as
        a silent board, then takes less time to simulate.
    """

    simulated = True

    def __init__(
        self, host: Host, disturbances: Disturbances | None = None, hurry: float = 1
    ) -> None:
        self._host = host
        self._disturbances = disturbances or Disturbances(host)
        self._bits_a_second = BIT_RATE / hurry
        self._arrived = b""

    def now(self) -> float:
        """Seconds on the driver's clock."""
        return self._host.bus.bits / self._bits_a_second

    def send(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            packet, spoilt = self._disturbances.before_sending(data[at : at + PACKET_BYTES])
            self._send(packet, spoilt)
            if self._lost():
                return
            at += len(packet)

    def _send(self, packet: bytes, spoilt: dict[str, int]) -> None:
        """Sends a packet, and the same again, until it has arrived."""
        end = self._host.bus.bits + _LONGEST * FRAME_BITS
        while not self._disturbances.lost and not self._host.offer(DATA, packet, **spoilt):
            if self._host.bus.bits > end:
                raise NoAnswer(f"the board has taken nothing for {_LONGEST} frames")
            spoilt = {}
            self._read()

    def receive(self, wait: float) -> bytes:
        end = self.now() + wait
        while not self._arrived and self.now() < end:
            self._read()
            self._lost()
        data, self._arrived = self._arrived, b""
        return data

    def close(self) -> None:
        """The host stays."""

    def _lost(self) -> bool:
        """Whether what is on the way is gone."""
        lost, self._disturbances.lost = self._disturbances.lost, False
        if lost:
            self._arrived = b""
        return lost

    def _read(self) -> None:
        answer = self._host.in_(DATA, **self._disturbances.before_reading())
        if answer != NAK:
            self._disturbances.has_read()
        if isinstance(answer, bytes):
            self._arrived += answer


@contextmanager
def board_time(transport: HostTransport, session: int) -> Iterator[None]:
    """The driver lives in the bus's time and draws this number, so that all runs are alike."""
    clock, numbers = SimpleNamespace(monotonic=transport.now), SimpleNamespace()
    numbers.randbits = lambda bits: session % (1 << bits)
    with patch.object(connection, "time", clock), patch.object(connection, "secrets", numbers):
        yield
