"""JPEG files to arrays, decoded once and then cached as a .npy file next to the data."""

import hashlib
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from lls_hw.datasets.base import Bytes, DataError
from lls_hw.tools.files import replacing
from lls_hw.tools.heartbeat import Heartbeat
from lls_hw.tools.packages import require

__all__ = ["SUFFIXES", "decode", "picture"]

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Files that are taken for images."""
_BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError,
    MemoryError, AttributeError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow may end in with a damaged file."""
_GREY = frozenset({"1", "L", "LA", "I", "I;16"})
"""Pillow's modes of images without colours."""


def decode(paths: list[Path], size: int, folder: Path, part: str) -> Bytes:
    """Images (N, 3, size, size): the shorter side is scaled to `size`, then the centre is cropped.

    The result is cached in `folder` if that is writable. The cache is valid as long as the names
    and sizes of the files are the same.
    """
    if not paths:
        raise DataError(f"There are no {part} images in {folder}; unpack the archive again.")
    kept = folder / f"lls-hw-{part}-{size}-{_digest(paths)}.npy"
    shape = (len(paths), 3, size, size)
    found = _kept(kept, shape)
    if found is not None:
        return found
    if not os.access(folder, os.W_OK):
        return _fill(np.empty(shape, np.uint8), paths, size, part)
    try:
        with replacing(kept) as partial:
            images = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
            _fill(images, paths, size, part)
            images.flush()
    except OSError as error:
        raise DataError(
            f"{kept} cannot be written ({error.strerror}); make room in {folder}, or make it "
            "read-only to keep the images in memory."
        ) from error
    return images


def _kept(file: Path, shape: tuple[int, ...]) -> Bytes | None:
    """Images that were decoded before; None if there are none, or the file is damaged."""
    try:
        found: Bytes = np.load(file, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape and found.dtype == np.uint8 else None


def _digest(paths: list[Path]) -> str:
    """Eight digits that depend on the names and sizes of the files."""
    try:
        sizes = "".join(f"{path.parent.name}/{path.name}:{path.stat().st_size};" for path in paths)
    except FileNotFoundError as error:
        raise DataError(f"{error.filename} is missing; unpack the archive again.") from error
    return hashlib.sha256(sizes.encode()).hexdigest()[:8]


def _fill(images: Bytes, paths: list[Path], size: int, part: str) -> Bytes:
    console, task = Console(stderr=True), f"decoding {part} images"
    with Heartbeat(console, task) as beat:
        for index, path in enumerate(track(paths, task, transient=True, console=console)):
            images[index] = _image(path, size)
            beat.stage = f"{index + 1:,} of {len(paths):,}"
    return images


def _image(path: Path, size: int) -> Bytes:
    """(3, size, size) of one file."""
    return picture(path, (3, size, size))


def picture(path: Path, shape: tuple[int, int, int] | None = None) -> Bytes:
    """One file as (C, H, W): scaled until it covers that shape, then its centre; grey or colours.

    Without a shape the picture keeps its size, and its colours if it has any.
    """
    pillow = _pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, which are read or refused
            with pillow.open(path) as image:
                channels = shape[0] if shape else 1 if image.mode in _GREY else 3
                found = _bytes(pillow, image).convert("L" if channels == 1 else "RGB")
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing; get the file again.") from error
    except (*_BROKEN, pillow.DecompressionBombError) as error:
        reason = str(error) or type(error).__name__
        raise DataError(f"{path} is not an image ({reason}); get the file again.") from error
    if shape:
        height, width = shape[1:]
        scale = max(width / found.width, height / found.height)
        size = max(width, round(found.width * scale)), max(height, round(found.height * scale))
        if size[0] * size[1] > pillow.MAX_IMAGE_PIXELS:
            raise DataError(
                f"{path} has {found.width} x {found.height} pixels, too narrow to be scaled to "
                f"{width} x {height}; leave it out."
            )
        if found.size != size:
            found = found.resize(size, pillow.Resampling.BILINEAR)
        x, y = (size[0] - width) // 2, (size[1] - height) // 2
        found = found.crop((x, y, x + width, y + height))
    pixels = np.asarray(found)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _bytes(pillow: Any, image: Any) -> Any:
    """The picture with 8 bits a channel; one of 16 bits would else become white where it is light.

    ValueError for other numbers.
    """
    if image.mode.startswith("I"):
        pixels = np.asarray(image)
        if pixels.min() < 0 or pixels.max() > np.iinfo(np.uint16).max:
            raise ValueError(f"pixels from {pixels.min()} to {pixels.max()}, which 16 bits lack")
        return pillow.fromarray((pixels >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("pixels that are fractions, whose white is unknown")
    return image


def _pillow() -> Any:
    require("PIL", "Image files need Pillow")
    from PIL import Image

    return Image
