"""Images without labels: what a trained network is asked about."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.archive import Archive, is_archive, read_array
from lls_hw.datasets.arrays import Shape, as_images
from lls_hw.datasets.base import Bytes, DataError, visible
from lls_hw.datasets.images import SUFFIXES, picture
from lls_hw.datasets.names import DATA_NAMES, known_name, load_data
from lls_hw.datasets.own import NPZ_KEYS
from lls_hw.datasets.table import numbers, read_table

__all__ = ["Images", "load_images"]

_KEYS = tuple(dict.fromkeys([keys[-2] for keys in NPZ_KEYS] + [keys[0] for keys in NPZ_KEYS]))
"""Arrays of an .npz file, the test images first."""


class Images(NamedTuple):
    """Images (N, C, H, W) and what each is called: its file, or its number from 0."""

    images: Bytes
    names: list[str]


def load_images(
    name: str | Path,
    data_dir: str | Path | None = None,
    *,
    shape: Shape,
    channels: str | None = None,
) -> Images:
    """The images of an .npz, .npy or .csv file, a picture, a folder of pictures, or a data set.

    Labels may be there and are not read. Of an .npz file with training and test images, and of a
    data set, the test images are taken; of a folder, all pictures at any depth, by their names.
    Pictures are scaled to the shape (C, H, W), other images must have it.
    """
    text, path = known_name(str(name)), Path(name)
    if text in DATA_NAMES:
        return _numbered(load_data(text, data_dir).test_images)
    try:
        if path.is_dir():
            return _folder(path, shape)
        if not path.exists():
            raise DataError(
                f"It does not exist; give an .npz, .npy or .csv file, a picture, a folder of "
                f"pictures, or one of {', '.join(DATA_NAMES)}."
            )
        if path.suffix.lower() in SUFFIXES:
            return Images(picture(path, shape)[None], [path.name])
        values = _rows(path, shape) if path.suffix == ".csv" else _array(path)
        return _numbered(as_images(values, shape, channels))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error


def _numbered(images: Bytes) -> Images:
    return Images(images, [str(number) for number in range(len(images))])


def _folder(folder: Path, shape: Shape) -> Images:
    files = sorted(_pictures(folder))
    if not files:
        raise DataError(f"It has no pictures ({', '.join(sorted(SUFFIXES))}); name another folder.")
    names = [file.relative_to(folder).as_posix() for file in files]
    return Images(np.stack([picture(file, shape) for file in files]), names)


def _pictures(folder: Path) -> Iterator[Path]:
    """Pictures at any depth."""
    for path in visible(folder):
        if path.is_dir() and not path.is_symlink():
            yield from _pictures(path)
        elif path.suffix.lower() in SUFFIXES:
            yield path


def _rows(path: Path, shape: Shape) -> NDArray[Any]:
    """Pixels of a .csv file, whose rows may begin with a label."""
    values = int(np.prod(shape))
    pixels = numbers(path)
    if pixels is not None and pixels.shape[1] == values:
        return pixels
    pixels, _ = read_table(path)
    return pixels


def _array(path: Path) -> NDArray[Any]:
    """The array of an .npy file, or that of the images in an .npz file."""
    if not is_archive(path):
        return read_array(path)
    arrays = Archive(path)
    if len(arrays.names) == 1:
        return arrays[arrays.names[0]]
    key = next((key for key in _KEYS if key in arrays.names), None)
    if key is None:
        raise DataError(
            f"It has the arrays {', '.join(arrays.names) or 'none'}; call the images "
            f"{' or '.join(_KEYS)}."
        )
    return arrays[key]
