"""Images inside a page: PNG files as data addresses."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["image_address", "png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2
_DEPTH = 8


def png(image: NDArray[np.uint8]) -> bytes:
    """A PNG file of an image (C, H, W) with one or three channels, bytes."""
    channels, height, width = image.shape
    kind = {1: _GREY, 3: _COLOUR}[channels]
    rows = image.transpose(1, 2, 0).reshape(height, width * channels)
    filtered = np.hstack([np.zeros((height, 1), np.uint8), rows])  # 0: each row as it is
    header = struct.pack(">IIBBBBB", width, height, _DEPTH, kind, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered.tobytes(), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_part(name, content) for name, content in parts)


def image_address(image: NDArray[np.uint8]) -> str:
    """The image as `data:` address."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def _part(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
