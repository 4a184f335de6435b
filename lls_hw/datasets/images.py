"""JPEG files to arrays, decoded once and then cached as a .npy file next to the data."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from lls_hw.datasets.base import Bytes, DataError
from lls_hw.tools.files import partial_file
from lls_hw.tools.heartbeat import Heartbeat
from lls_hw.tools.packages import require

__all__ = ["SUFFIXES", "decode", "picture"]

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Files that are taken for images."""
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
    if kept.exists():
        found: Bytes = np.load(kept, mmap_mode="r")
        return found
    shape = (len(paths), 3, size, size)
    if not os.access(folder, os.W_OK):
        return _fill(np.empty(shape, np.uint8), paths, size, part)
    partial = partial_file(kept)
    try:
        images = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        _fill(images, paths, size, part)
        images.flush()
        os.replace(partial, kept)
    except OSError as error:
        raise DataError(
            f"{partial} cannot be written ({error.strerror}); make room in {folder}, or make it "
            "read-only to keep the images in memory."
        ) from error
    return images


def _digest(paths: list[Path]) -> str:
    """Eight digits that depend on the names and sizes of the files."""
    sizes = "".join(f"{path.parent.name}/{path.name}:{path.stat().st_size};" for path in paths)
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
        with pillow.open(path) as image:
            channels = shape[0] if shape else 1 if image.mode in _GREY else 3
            found = image.convert("L" if channels == 1 else "RGB")
    except OSError as error:
        raise DataError(f"{path} is not an image ({error}); get the file again.") from error
    if shape:
        height, width = shape[1:]
        scale = max(width / found.width, height / found.height)
        size = max(width, round(found.width * scale)), max(height, round(found.height * scale))
        if found.size != size:
            found = found.resize(size, pillow.Resampling.BILINEAR)
        x, y = (size[0] - width) // 2, (size[1] - height) // 2
        found = found.crop((x, y, x + width, y + height))
    pixels = np.asarray(found)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _pillow() -> Any:
    require("PIL", "Image files need Pillow")
    from PIL import Image

    return Image
