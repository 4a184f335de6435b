"""MNIST and Fashion-MNIST, from their official files in the IDX format."""

import gzip
import hashlib
import zlib
from io import BufferedIOBase
from math import prod
from pathlib import Path

import numpy as np

from lls_hw.datasets.base import Bytes, DataError, Dataset, memory
from lls_hw.tools.shown import said

__all__ = ["PUBLISHED", "load_idx", "read_idx"]

_GZIP = b"\x1f\x8b"
"""The beginning of a compressed file."""
_IMAGES, _LABELS = 0x803, 0x801
"""IDX magic numbers: unsigned bytes in three dimensions, in one."""
PUBLISHED = {
    "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757": "mnist",
    "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13": "mnist",
    "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161": "mnist",
    "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5": "mnist",
    "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012": "fashion-mnist",
    "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7": "fashion-mnist",
    "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a": "fashion-mnist",
    "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9": "fashion-mnist",
}
"""Data sets by the SHA-256 sums of their pixels or labels, without headers: training images and
labels, test images and labels."""


def load_idx(folder: Path, name: str) -> Dataset:
    """MNIST and data sets with its layout.

    DataError for missing or damaged files, and for those of another data set than `name`.
    """
    train, test = _pair(folder, "train", name), _pair(folder, "t10k", name)
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DataError(
            f"In {folder} the training images are {train[0].shape[2]}x{train[0].shape[3]} and the "
            f"test images {test[0].shape[2]}x{test[0].shape[3]}; get the files again."
        )
    return Dataset(*train, *test, classes=10)


def _pair(folder: Path, part: str, name: str) -> tuple[Bytes, Bytes]:
    """Images and labels of the training or the test set."""
    image_file = _find(folder, f"{part}-images-idx3-ubyte")
    label_file = _find(folder, f"{part}-labels-idx1-ubyte")
    images, labels = read_idx(image_file, _IMAGES), read_idx(label_file, _LABELS)
    _check_owner(image_file, images, name)
    _check_owner(label_file, labels, name)
    if len(images) != len(labels):
        raise DataError(
            f"{image_file} holds {len(images)} images but {label_file} {len(labels)} labels; "
            "get both files again."
        )
    if len(images) == 0:
        raise DataError(f"{image_file} holds no images; get the file again.")
    if labels.max() > 9:
        raise DataError(
            f"{label_file} holds the label {labels.max()}; labels must be 0..9: get the file again."
        )
    return images[:, None], labels


def _check_owner(file: Path, content: Bytes, name: str) -> None:
    """DataError for a published file of another data set, whose files have the same names."""
    owner = PUBLISHED.get(hashlib.sha256(content.tobytes()).hexdigest(), name)
    if owner != name:
        raise DataError(
            f"{file} is a file of {owner} and not of {name}; name another folder with --data-dir, "
            f"or the data set {owner}."
        )


def _find(folder: Path, name: str) -> Path:
    """The file, compressed as published or unpacked; some programs unpack it to a dotted name."""
    for file in (folder / f"{name}.gz", folder / name, folder / name.replace("-idx", ".idx")):
        if file.is_file():
            return file
    raise DataError(
        f"There is neither {name}.gz nor {name} in {folder}; put the data set's official files "
        "there or name another folder with --data-dir."
    )


def read_idx(path: Path, magic: int) -> Bytes:
    """Array of an IDX file of unsigned bytes with the expected magic number, compressed or not."""
    header = 4 * (1 + (magic & 0xFF))
    try:
        with _opened(path) as file:
            begin = file.read(header)
            shape = _shape(path, begin, header, magic)
            size = prod(shape)
            if size > memory() // 2:
                raise DataError(
                    f"{path} promises {size:,} bytes, more than half of the memory; get the file "
                    "again."
                )
            content = file.read(size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged ({said(error)}); get the file again.") from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); check its permissions."
        ) from error
    if len(content) != size:
        found = f"{'at least ' if len(content) > size else ''}{len(content):,}"
        raise DataError(
            f"{path} has {found} bytes of data; its header promises {size:,}: get the file again."
        )
    return np.frombuffer(content, np.uint8).reshape(shape).copy()


def _opened(path: Path) -> BufferedIOBase:
    """The content, compressed or not: browsers unpack files and leave their names."""
    with path.open("rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    return gzip.open(path) if compressed else path.open("rb")


def _shape(path: Path, begin: bytes, header: int, magic: int) -> list[int]:
    """Sizes that a header says."""
    if len(begin) < header:
        raise DataError(f"{path} has only {len(begin)} bytes; get the file again.")
    seen, *shape = np.frombuffer(begin, ">u4").tolist()
    if seen != magic:
        raise DataError(
            f"{path} begins with the number {seen:#x}, not {magic:#x}, so its content does not "
            "match its name; get the file again."
        )
    return shape
