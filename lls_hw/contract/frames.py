"""The link between host and board: frames, their codec, and the commands inside them.

The link carries two reliable byte streams: commands from the host to the board, replies from the
board to the host. A frame holds a piece of one stream, the position of its first byte, and the
acknowledgement of the other stream. docs/protocol.md explains it. The gateware, the driver and
the tables in the docs are all made from what is defined here.
"""

import zlib
from enum import IntEnum
from typing import NamedTuple

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.bus import SPACE_BITS
from lls_hw.contract.fields import Field, Layout
from lls_hw.contract.registers import Space

__all__ = [
    "COMMAND",
    "COMMAND_BYTES",
    "CRC_BYTES",
    "CREDIT_PARTS",
    "ESCAPE",
    "FARTHEST",
    "FLAG",
    "FLIP",
    "GREETING",
    "HEADER",
    "HEADER_BYTES",
    "MAX_REPLY_BYTES",
    "OCCUPIED",
    "POSITION_BITS",
    "PROTOCOL",
    "Decoder",
    "Frame",
    "Kind",
    "distance",
    "encode",
    "read_command",
    "window",
    "wrap",
    "write_command",
]

PROTOCOL = 0x4C01
"""Answer to HELLO: 'L' and the version of this protocol."""

GREETING = b"lls-hw simulated board\n"
"""What a simulated board sends before any frame, so that nobody takes it for a real one."""
OCCUPIED = b"lls-hw simulated board, which another host is using\n"
"""What it sends instead, before it closes the connection, while it has a host."""

FLAG = 0x7E
"""Stands before and after each frame and nowhere inside."""
ESCAPE = 0x7D
"""Stands for FLAG and ESCAPE inside a frame, followed by that byte with FLIP changed."""
FLIP = 0x20

CRC_BYTES = 4
"""CRC-32 (ISO-HDLC, as in Ethernet and zlib) of header and payload, little-endian."""
POSITION_BITS = 16
"""Stream positions count bytes since HELLO modulo 2**POSITION_BITS."""
FARTHEST = (1 << POSITION_BITS - 1) - 1
"""Longest distance between stream positions that counts as forward; a longer one is backward."""
MAX_REPLY_BYTES = 256
"""Longest payload of a frame from the board."""
CREDIT_PARTS = 4
"""The board reports each time that the host's stream has left another such part of its buffer."""
HEADER = Layout(
    Field("kind", 8, doc="A `Kind`."),
    Field(
        "sequence", POSITION_BITS, doc="Position of the first payload byte in the sender's stream."
    ),
    Field("received", POSITION_BITS, doc="Bytes of the other stream that have arrived."),
    Field("consumed", POSITION_BITS, doc="Bytes of the other stream that have left the buffer."),
)
"""A frame's header, little-endian."""
COMMAND = Layout(
    Field("space", SPACE_BITS, doc="Number of the `Space`."),
    Field("reserved", 3, doc="Zero."),
    Field("read", 1, doc="1 for READ, 0 for WRITE."),
    Field("address", ADDRESS_BITS, doc="Address of the first element."),
    Field("count", 16, doc="Number of elements."),
)
"""A command, little-endian. The elements of a WRITE follow it."""
HEADER_BYTES = HEADER.bits // 8
COMMAND_BYTES = COMMAND.bits // 8


class Kind(IntEnum):
    """What a frame asks for beyond carrying its payload; a frame of any kind may carry one."""

    def __new__(cls, value: int, doc: str) -> "Kind":
        member = int.__new__(cls, value)
        member._value_ = value
        member.__doc__ = doc
        return member

    DATA = 0, "Nothing."
    GAP = 1, "Bytes are missing: send everything from `received` on again."
    HELLO = 2, "Forget both streams and start at position 0; `sequence` numbers the session."


class Frame(NamedTuple):
    """One frame: the fields of `HEADER`, and the payload. Both directions use the same header.

    In the board's answer to HELLO, `received` is the window of its buffer, `consumed` is PROTOCOL.
    """

    kind: int
    sequence: int
    received: int
    consumed: int
    payload: bytes = b""


def window(depth: int) -> int:
    """Bytes that may lie unconsumed in a receive buffer of `depth` bytes; a CRC needs the rest."""
    return depth - CRC_BYTES


def wrap(position: int) -> int:
    """A position counted without end, as the header carries it."""
    return position % (1 << POSITION_BITS)


def distance(start: int, end: int) -> int:
    """Bytes from one stream position to another."""
    return wrap(end - start)


def encode(frame: Frame) -> bytes:
    """The bytes that travel."""
    header = HEADER.pack(**{name: getattr(frame, name) for name in HEADER})
    body = header.to_bytes(HEADER_BYTES, "little") + frame.payload
    body += zlib.crc32(body).to_bytes(CRC_BYTES, "little")
    body = body.replace(bytes([ESCAPE]), bytes([ESCAPE, ESCAPE ^ FLIP]))
    body = body.replace(bytes([FLAG]), bytes([ESCAPE, FLAG ^ FLIP]))
    return bytes([FLAG]) + body + bytes([FLAG])


class Decoder:
    """Finds the frames in what arrives, in pieces of any size.

    `damaged` counts frames that were dropped because their CRC or length was wrong.
    """

    _LONGEST = 1 << 16

    def __init__(self) -> None:
        self._rest = b""
        self.damaged = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with `data`."""
        *pieces, rest = (self._rest + data).split(bytes([FLAG]))
        self._rest = rest[-self._LONGEST :]
        frames = []
        for piece in pieces:
            if not piece:
                continue
            frame = self._decode(piece)
            if frame is None:
                self.damaged += 1
            else:
                frames.append(frame)
        return frames

    @staticmethod
    def _decode(piece: bytes) -> Frame | None:
        body = piece.replace(bytes([ESCAPE, FLAG ^ FLIP]), bytes([FLAG]))
        body = body.replace(bytes([ESCAPE, ESCAPE ^ FLIP]), bytes([ESCAPE]))
        if len(body) < HEADER_BYTES + CRC_BYTES:
            return None
        body, crc = body[:-CRC_BYTES], body[-CRC_BYTES:]
        if zlib.crc32(body).to_bytes(CRC_BYTES, "little") != crc:
            return None
        header = HEADER.unpack(int.from_bytes(body[:HEADER_BYTES], "little"))
        return Frame(**header, payload=body[HEADER_BYTES:])


def _command(**fields: int) -> bytes:
    return COMMAND.pack(**fields).to_bytes(COMMAND_BYTES, "little")


def write_command(space: Space, address: int, elements: bytes) -> bytes:
    """Store little-endian elements from element `address` of `space` on."""
    count = len(elements) // space.element_bytes
    return _command(space=space, address=address, count=count) + elements


def read_command(space: Space, address: int, count: int) -> bytes:
    """Fetch `count` elements; the reply stream carries them without any header."""
    return _command(space=space, read=1, address=address, count=count)
