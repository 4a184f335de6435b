"""CIFAR-10 and CIFAR-100, from their binary or their pickled files ("python version")."""

from pathlib import Path

import numpy as np

from lls_hw.datasets.base import Bytes, DataError, Dataset, found_folder, read_bytes
from lls_hw.datasets.pickled import PickleError, read_pickle
from lls_hw.tools.shown import said

__all__ = ["load_cifar10", "load_cifar100"]

_SHAPE = (3, 32, 32)
_BYTES = 3 * 32 * 32


def load_cifar10(folder: Path) -> Dataset:
    """Five training files and one test file; 10 classes."""
    root = found_folder(folder, "cifar-10-batches-bin", "cifar-10-batches-py")
    binary = root.name.endswith("bin")
    names = [f"data_batch_{k}{'.bin' if binary else ''}" for k in range(1, 6)]
    parts = [_read(root / name, binary, 10, 0, b"labels") for name in names]
    for name, (_, part) in zip(names, parts, strict=True):
        if len(part) != len(parts[0][1]):
            raise DataError(
                f"{root / name} has {len(part)} images, {names[0]} has {len(parts[0][1])}; get the "
                "files again."
            )
    images = np.concatenate([part[0] for part in parts])
    labels = np.concatenate([part[1] for part in parts])
    test = _read(root / ("test_batch.bin" if binary else "test_batch"), binary, 10, 0, b"labels")
    return Dataset(images, labels, *test, classes=10)


def load_cifar100(folder: Path) -> Dataset:
    """One training file and one test file; the 100 fine classes."""
    root = found_folder(folder, "cifar-100-binary", "cifar-100-python")
    binary = root.name.endswith("binary")
    train, test = (
        _read(root / (f"{part}.bin" if binary else part), binary, 100, 1, b"fine_labels")
        for part in ("train", "test")
    )
    return Dataset(*train, *test, classes=100)


def _read(path: Path, binary: bool, classes: int, column: int, key: bytes) -> tuple[Bytes, Bytes]:
    """Images and labels of a file; labels are byte `column` of a record, or the value of `key`."""
    content = read_bytes(path)
    if binary:
        images, labels = _records(path, content, column)
    else:
        images, labels = _pickled(path, content, key)
    if len(labels) == 0 or labels.max() >= classes:
        raise DataError(
            f"{path} has {len(labels)} images with labels up to {labels.max(initial=0)}; it must "
            f"have at least one, with labels in 0..{classes - 1}: get the file again."
        )
    return images, labels


def _records(path: Path, content: bytes, column: int) -> tuple[Bytes, Bytes]:
    record = column + 1 + _BYTES
    if len(content) % record:
        raise DataError(
            f"{path} has {len(content):,} bytes, not a multiple of the {record:,} of an image; get "
            "the file again."
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, record)
    return rows[:, column + 1 :].reshape(-1, *_SHAPE).copy(), rows[:, column].copy()


def _pickled(path: Path, content: bytes, key: bytes) -> tuple[Bytes, Bytes]:
    try:
        found = read_pickle(content)
        images, labels = found.get(b"data"), found.get(key)
        if not isinstance(images, np.ndarray) or images.shape[1:] != (_BYTES,):
            raise PickleError("it has no array of images")
        if not isinstance(labels, list) or not all(
            type(label) is int and 0 <= label <= np.iinfo(np.uint8).max for label in labels
        ):
            raise PickleError("it has no list of labels")
    except PickleError as error:
        raise DataError(
            f"{path} is not an official CIFAR file ({said(error)}); get the file again."
        ) from error
    if len(images) != len(labels):
        raise DataError(
            f"{path} has {len(images)} images but {len(labels)} labels; get the file again."
        )
    return images.reshape(-1, *_SHAPE).copy(), np.array(labels, np.uint8)
