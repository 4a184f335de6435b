"""The type that every reader returns, and the error for bad files."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lls_hw.errors import LlsError

__all__ = ["Bytes", "DataError", "Dataset", "found_folder", "memory", "read_bytes", "visible"]

Bytes = NDArray[np.uint8]


_LITTER = frozenset({"__macosx", "@eadir", "$recycle.bin", "lost+found"})
"""Folders that systems leave behind, in small letters."""


class DataError(LlsError, ValueError):
    """Data that is missing or damaged, or that a network cannot take."""


@dataclass(frozen=True)
class Dataset:
    """Images (N, C, H, W) and labels (N,), unsigned bytes; labels are less than `classes`.

    `class_names` are one for each class, or none at all.
    """

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes
    classes: int
    class_names: tuple[str, ...] = ()

    def first(self, count: int) -> "Dataset":
        """The same data set with only the first training images."""
        return replace(
            self, train_images=self.train_images[:count], train_labels=self.train_labels[:count]
        )


def found_folder(folder: Path, *names: str) -> Path:
    """The first of these folders inside `folder`, or `folder` itself if it is one of them."""
    for name in names:
        if folder.name == name and folder.is_dir():
            return folder
        if (folder / name).is_dir():
            return folder / name
    raise DataError(
        f"There is no folder {' or '.join(names)} in {folder}; unpack the data set's official "
        "archive there or name another folder with --data-dir."
    )


def memory() -> int:
    """Bytes of this computer's memory: the bound of what a small file may unpack to."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def visible(folder: Path) -> list[Path]:
    """Files and folders in a folder, by name, but for hidden ones and what systems leave behind."""
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name.lower() not in _LITTER
    )


def read_bytes(path: Path) -> bytes:
    """Content of a file."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is missing; unpack the data set's official archive again."
        ) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); check its permissions."
        ) from error
