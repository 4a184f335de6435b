"""What goes wrong on a bus, at random."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lls_hw.contract.usb import PACKET_BYTES
from tests.link.usb_host import (
    ACK,
    FRAME_BITS,
    IN,
    OUT,
    SETUP,
    STALL,
    TIMEOUT,
    Host,
    data_packet,
    token,
)

__all__ = ["DATA", "KINDS", "LOSING", "MENDED", "Disturbances", "Sent"]

DATA = 4
"""Endpoint of the data, which a host reads from the descriptors."""
_SYNC_BITS, _HANDSHAKE_BITS = 8, 16
"""A receiver may miss some of the bits of the first, which say only that a packet comes."""
_STUFF = 6
"""Ones after which a zero is stuffed."""
_LOW, _K, _IDLE = 0, 1, 2
_SLEEP_BITS, _WAKING_BITS = 4 * FRAME_BITS, 2 * FRAME_BITS
_WRONG_REQUESTS = ("40aa000000000000", "c0bb000000000800", "21ff000000000000", "8006000700000800")


class Sent(NamedTuple):
    """What of a packet leaves, and how `Host.out` spoils it."""

    data: bytes
    spoilt: dict[str, int]


class Disturbances:
    """Disturbs a host's bus before some of its transactions with data.

    Parameters
    ----------
    seed, often : their probability before each transaction.
    most : how many at most.
    kinds : which.
    """

    def __init__(
        self,
        host: Host,
        seed: int = 0,
        often: float = 0,
        most: int = 1 << 30,
        kinds: Sequence[str] | None = None,
    ) -> None:
        self._host, self._often, self._most = host, often, most
        self._random = random.Random(seed)
        self._kinds = tuple(kinds or KINDS)
        self._next_out: str | None = None
        self._next_in: str | None = None
        self.lost = False
        """What the host's system had taken to send, or had read, is gone since this was set."""
        self.suffered: Counter[str] = Counter()
        """Disturbances so far, by their names."""

    @property
    def over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.suffered.total() >= self._most

    def before_sending(self, data: bytes) -> Sent:
        """Perhaps a disturbance, before a packet of data to the board."""
        self._perhaps()
        kind, self._next_out = self._next_out, None
        if kind is None:
            return Sent(data, {})
        self.suffered[kind] += 1
        return _OUT[kind](self._random, data)

    def before_reading(self) -> dict[str, int]:
        """Perhaps a disturbance, before data are asked for; how `Host.in_` spoils them."""
        self._perhaps()
        return {} if self._next_in is None else _IN[self._next_in](self._random)

    def has_read(self) -> None:
        """There were data, so that what was to happen to them has happened."""
        if self._next_in is not None:
            self.suffered[self._next_in] += 1
            self._next_in = None

    def disturb(self, kind: str) -> None:
        """One disturbance, now or with the next packet."""
        if kind in _OUT:
            self._next_out = kind
        elif kind in _IN:
            self._next_in = kind
        else:
            self.suffered[kind] += 1
            _BUS[kind](self._host, self._random)
            self.lost |= kind in LOSING

    def _perhaps(self) -> None:
        if not self.over and self._random.random() < self._often:
            self.disturb(self._random.choice(self._kinds))


def _bits(data: bytes) -> int:
    """Bit times of a packet from its PID on, at least."""
    return _SYNC_BITS + 8 * len(data)


def _carrying(packet: bytes) -> list[int]:
    """Bits of a packet that are not stuffed, as usb_line.cpp counts them; without a stuffed bit a
    receiver may still read the packet."""
    places, at, ones = [], _SYNC_BITS, 1
    for bit in (byte >> k & 1 for byte in packet for k in range(8)):
        at += 1
        places.append(at)
        ones = ones + 1 if bit else 0
        if ones == _STUFF:
            at, ones = at + 1, 0
    return places


def _place(random_: random.Random, data: bytes) -> int:
    """A bit of the packet that carries these data."""
    return random_.randrange(_SYNC_BITS + 1, _bits(data_packet(0, data)) + 1)


def _handshake_place(random_: random.Random) -> int:
    """A bit of a handshake."""
    return random_.randrange(_SYNC_BITS + 1, _HANDSHAKE_BITS + 1)


def _token_spoilt(host: Host, random_: random.Random) -> None:
    """Data whose token was not understood are for nobody."""
    host.begin()
    text = token(OUT, host.address | DATA << 7)
    host.bus.packet(text, spoil=random_.choice(_carrying(text)))
    data = data_packet(host.toggles.get((OUT, DATA), 0), random_.randbytes(PACKET_BYTES))
    assert host.bus.packet(data, TIMEOUT) is None


def _noise(host: Host, random_: random.Random) -> None:
    for _ in range(random_.randrange(1, 4)):
        host.begin()
        host.bus.hold(random_.choice((_LOW, _K)), random_.randrange(1, 9))
        host.bus.hold(_IDLE, random_.randrange(1, 40))
    host.bus.hold(_IDLE, 40)


def _wait(host: Host, random_: random.Random) -> None:
    host.bus.hold(_IDLE, random_.randrange(2 * FRAME_BITS))


def _sleep(host: Host, random_: random.Random) -> None:
    host.bus.hold(_IDLE, _SLEEP_BITS)
    host.bus.hold(_K, _WAKING_BITS)
    host.bus.hold(_LOW, 2)


def _half_a_request(host: Host, random_: random.Random) -> None:
    host.begin()
    request = token(SETUP, host.address)
    host.bus.packet(request, cut=random_.randrange(1, 8 * len(request)))
    host.bus.hold(_IDLE, random_.randrange(40, FRAME_BITS))


def _request_left(host: Host, random_: random.Random) -> None:
    """The host asks for a descriptor and never fetches it."""
    host.toggles[OUT, 0] = 0
    request = bytes.fromhex("8006000100001200")
    assert host.out(0, request, SETUP) == ACK
    if random_.random() < 0.5:
        host.in_(0, acknowledge=random_.random() < 0.5)


def _request_refused(host: Host, random_: random.Random) -> None:
    assert host.control(bytes.fromhex(random_.choice(_WRONG_REQUESTS))) == STALL


def _line_set(host: Host, random_: random.Random) -> None:
    host.line_coding(random_.choice((9_600, 115_200)))


def _halt_cleared(host: Host, random_: random.Random) -> None:
    """As a host does after a stall; an operating system does both ends of a port."""
    for endpoint in (DATA, 0x80 | DATA):
        host.clear_halt(endpoint)


def _configured(host: Host, random_: random.Random) -> None:
    host.configure()


def _enumerated(host: Host, random_: random.Random) -> None:
    """What is on the way gets lost."""
    host.enumerate(random_.randrange(1, 128))


def _unplugged(host: Host, random_: random.Random) -> None:
    host.bus.hold(_IDLE, random_.randrange(FRAME_BITS))
    _enumerated(host, random_)


def _unplugged_to_board(host: Host, random_: random.Random) -> None:
    """The cable is pulled in the middle of a packet to the board."""
    host.begin()
    host.bus.packet(token(OUT, host.address | DATA << 7))
    data = data_packet(host.toggles.get((OUT, DATA), 0), random_.randbytes(PACKET_BYTES))
    host.bus.packet(data, cut=random_.randrange(1, _bits(data)))
    _unplugged(host, random_)


def _unplugged_to_host(host: Host, random_: random.Random) -> None:
    """The cable is pulled while the board answers; nobody hears the rest."""
    host.begin()
    host.bus.packet(token(IN, host.address | DATA << 7))
    host.bus.hold(_IDLE, FRAME_BITS)
    _enumerated(host, random_)


_OUT: dict[str, Callable[[random.Random, bytes], Sent]] = {
    "packet to the board spoilt": lambda r, d: Sent(d, {"spoil": _place(r, d)}),
    "packet to the board cut off": lambda r, d: Sent(d, {"cut": _place(r, d)}),
    "handshake of the board spoilt": lambda r, d: Sent(d, {"damage": _handshake_place(r)}),
    "short packet": lambda r, d: Sent(d[: r.randrange(1, PACKET_BYTES)], {}),
    "packet without bytes": lambda r, d: Sent(b"", {}),
}
_IN: dict[str, Callable[[random.Random], dict[str, int]]] = {
    "packet to the host spoilt": lambda r: {"damage": r.randrange(1, 1 << 16)},
    "acknowledgement spoilt": lambda r: {"spoil": _handshake_place(r)},
    "acknowledgement cut off": lambda r: {"cut": r.randrange(1, _HANDSHAKE_BITS)},
}
_BUS: dict[str, Callable[[Host, random.Random], None]] = {
    "token spoilt": _token_spoilt,
    "noise": _noise,
    "host waits": _wait,
    "sleep": _sleep,
    "request cut off": _half_a_request,
    "request left": _request_left,
    "request refused": _request_refused,
    "line set": _line_set,
    "halt cleared": _halt_cleared,
    "configured again": _configured,
    "bus reset": _enumerated,
    "unplugged": _unplugged,
    "unplugged in a packet to the board": _unplugged_to_board,
    "unplugged in a packet to the host": _unplugged_to_host,
}
MENDED = (
    *_OUT, *_IN, "token spoilt", "noise", "host waits", "sleep", "request cut off", "request left",
    "request refused", "line set",
)  # fmt: skip
"""Those that USB itself repairs, so that all bytes arrive."""
LOSING = (
    "bus reset", "unplugged", "unplugged in a packet to the board",
    "unplugged in a packet to the host",
)  # fmt: skip
"""Those after which a system begins anew."""
KINDS = (*_OUT, *_IN, *_BUS)
"""Names of all disturbances."""
