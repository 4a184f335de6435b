"""Arrays in .npz and .npy files of anybody: no objects, and no more than fits the memory."""

import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.base import DataError, memory
from lls_hw.tools.shown import said

__all__ = ["Archive", "is_archive", "read_array"]

_SUFFIX = ".npy"
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, TypeError, KeyError, OverflowError,
    MemoryError, NotImplementedError, RuntimeError, SyntaxError, TokenError,
)  # fmt: skip
"""What a damaged or foreign file may end in."""


def is_archive(path: Path) -> bool:
    """Whether a file is a zip file, such as an .npz file; OSError if it cannot be read."""
    with path.open("rb") as file:
        return zipfile.is_zipfile(file)


def read_array(path: Path) -> NDArray[Any]:
    """The array of an .npy file. DataError if it is none; OSError if it cannot be read."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            return _array(file, size)
    except _BROKEN as error:
        raise _no_arrays(error) from error


class Archive:
    """The arrays of an .npz file, which are read one by one.

    DataError if it is no such file; OSError if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as file:
                names = file.namelist()
        except _BROKEN as error:
            raise _no_arrays(error) from error
        self.names = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
        """The arrays, without the suffix of their files."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            with zipfile.ZipFile(self._path) as file:
                member = file.getinfo(name + _SUFFIX)
                with file.open(member) as content:
                    return _array(content, member.file_size)
        except _BROKEN as error:
            raise _no_arrays(error) from error


def _array(file: IO[bytes], size: int) -> NDArray[Any]:
    """An array of a file of so many bytes, whose header is read before anything is reserved."""
    version = np.lib.format.read_magic(file)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read_header is None:
        raise ValueError(f"an array of version {version[0]}.{version[1]}")
    shape, by_columns, dtype = read_header(file)
    if dtype.hasobject:
        raise ValueError("an array of objects")
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if not 0 <= needed <= size:
        raise ValueError(f"an array of the shape {shape} in {size:,} bytes")
    if needed > memory() // 2:
        raise ValueError(f"an array of {needed:,} bytes, more than half of the memory")
    content = bytearray(file.read(needed))
    return np.ndarray(shape, dtype, content, order="F" if by_columns else "C")


def _no_arrays(error: Exception) -> DataError:
    reason = said(error).partition(". ")[0]
    return DataError(
        f"It is no .npz file of arrays of numbers ({reason}); give an .npz, .npy or .csv file, or "
        "a folder with pictures."
    )
