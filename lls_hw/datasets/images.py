"""JPEG files to arrays, decoded once and then cached as a .npy file next to the data."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from lls_hw.datasets.base import Bytes, DataError
from lls_hw.tools.files import partial_file

__all__ = ["decode"]


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
    for index, path in enumerate(track(paths, f"decoding {part} images", transient=True)):
        images[index] = _image(path, size)
    return images


def _image(path: Path, size: int) -> Bytes:
    """(3, size, size) of one file."""
    pillow = _pillow()
    try:
        with pillow.open(path) as image:
            picture = image.convert("RGB")
    except OSError as error:
        raise DataError(f"{path} is not an image ({error}); unpack the archive again.") from error
    scale = size / min(picture.size)
    width, height = (max(size, round(side * scale)) for side in picture.size)
    if picture.size != (width, height):
        picture = picture.resize((width, height), pillow.Resampling.BILINEAR)
    x, y = (width - size) // 2, (height - size) // 2
    return np.asarray(picture.crop((x, y, x + size, y + size))).transpose(2, 0, 1)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise DataError(
            "Image files need Pillow, which is not installed; run: pip install 'lls-hw[paper]'."
        ) from error
    return Image
