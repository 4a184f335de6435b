"""The link between host and board: frames, their codec, and the commands inside them.

The link carries two reliable byte streams: commands from the host to the board, replies from the
board to the host. A frame is a piece of one stream, with the position of its first byte, and the
acknowledgement of the other stream. docs/protocol.md explains it; gateware and driver read every
number from here.
"""

import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from lls_hw.contract.registers import Space

__all__ = [
    "ADDRESS_BYTES",
    "BAUD",
    "COMMAND_BYTES",
    "COUNT_BYTES",
    "CRC_BYTES",
    "ESCAPE",
    "FLAG",
    "FLIP",
    "HEADER",
    "MAX_REPLY_BYTES",
    "POSITION_BITS",
    "PROTOCOL",
    "READ",
    "Decoder",
    "Frame",
    "Kind",
    "distance",
    "encode",
    "read_command",
    "write_command",
]

PROTOCOL = 0x4C01
"""Answer to HELLO: 'L' and the version of this protocol."""

BAUD = 3_000_000
"""Bits a second on a serial line, 8N1."""

FLAG = 0x7E
"""Stands before and after each frame and nowhere inside."""
ESCAPE = 0x7D
"""Stands for FLAG and ESCAPE inside a frame, followed by that byte with FLIP changed."""
FLIP = 0x20

HEADER = struct.Struct("<BHHH")
"""kind, sequence, received, consumed."""
CRC_BYTES = 4
"""CRC-32 (ISO-HDLC, as Ethernet and zlib) of header and payload, little-endian."""
POSITION_BITS = 16
"""Stream positions count bytes since HELLO modulo 2**POSITION_BITS."""
MAX_REPLY_BYTES = 256
"""Longest payload of a frame from the board."""

ADDRESS_BYTES = 3
COUNT_BYTES = 2
COMMAND_BYTES = 1 + ADDRESS_BYTES + COUNT_BYTES
"""Operation byte, element address, element count."""
READ = 0x80
"""Operation byte: the space in the low bits; this bit is set for a read."""


class Kind(IntEnum):
    """What a frame asks for beyond carrying its payload; any frame may carry one."""

    DATA = 0
    """Nothing."""
    GAP = 1
    """Bytes are missing: send again everything from `received` on."""
    HELLO = 2
    """Forget both streams and start at position 0; `sequence` is the session's number.

    In the board's answer `received` is the size of its receive buffer, `consumed` is PROTOCOL.
    """


class Frame(NamedTuple):
    """One frame. Both directions use the same header."""

    kind: int
    sequence: int
    """Position of the first payload byte in the sender's stream."""
    received: int
    """Bytes of the other stream that have arrived."""
    consumed: int
    """Bytes of the other stream that have left the receive buffer: they give credit."""
    payload: bytes = b""


def distance(start: int, end: int) -> int:
    """Bytes from one stream position to another."""
    return (end - start) % (1 << POSITION_BITS)


def encode(frame: Frame) -> bytes:
    """The bytes that travel."""
    body = HEADER.pack(*frame[:4]) + frame.payload
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
        if len(body) < HEADER.size + CRC_BYTES:
            return None
        body, crc = body[:-CRC_BYTES], body[-CRC_BYTES:]
        if zlib.crc32(body).to_bytes(CRC_BYTES, "little") != crc:
            return None
        kind, sequence, received, consumed = HEADER.unpack_from(body)
        return Frame(kind, sequence, received, consumed, body[HEADER.size :])


def _command(operation: int, address: int, count: int) -> bytes:
    return (
        bytes([operation])
        + address.to_bytes(ADDRESS_BYTES, "little")
        + count.to_bytes(COUNT_BYTES, "little")
    )


def write_command(space: Space, address: int, elements: bytes) -> bytes:
    """Store little-endian elements from element `address` of `space` on."""
    return _command(space, address, len(elements) // space.element_bytes) + elements


def read_command(space: Space, address: int, count: int) -> bytes:
    """Fetch `count` elements; the reply stream carries them without any header."""
    return _command(READ | space, address, count)
