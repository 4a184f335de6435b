"""Files that are written atomically."""

import os
from contextlib import suppress
from errno import EACCES, ELOOP
from io import BytesIO
from pathlib import Path
from threading import get_ident
from typing import Any

from lls_hw.errors import LlsError

__all__ = ["as_path", "check_writable", "partial_file", "replace_file", "save_figure"]

_PROBE = 4096
"""Bytes that are written to see whether more can be."""


def as_path(value: object, what: str) -> Path:
    """A path of a text or a path; LlsError, which names `what`, for anything else."""
    if not isinstance(value, str | Path) or not str(value):
        raise LlsError(f"{what} is {value!r}; give the path of a file or folder, as a text.")
    return Path(value)


def partial_file(path: Path) -> Path:
    """Where a file is written before it takes its place: no other process or thread uses it."""
    return path.with_name(f"{path.name}.{os.getpid()}-{get_ident()}.partial")


def replace_file(path: Path, content: bytes | str) -> None:
    """Writes a file; an existing one stays intact until the new one is complete.

    A link keeps leading to the file, and what is not a file, such as a device or a pipe, is written
    to as it is. The OSError of a failure names `path`.
    """
    target = path.resolve()
    whole = not target.exists() or target.is_file()
    partial = partial_file(target)
    data = content.encode() if isinstance(content, str) else content
    try:
        if whole:
            partial.write_bytes(data)
            os.replace(partial, target)
        else:
            target.write_bytes(data)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(path), None
        raise


def check_writable(path: Path) -> None:
    """OSError, which names `path`, if `replace_file` could not write a file there.

    A file beside it is written and removed: whoever asks finds a folder without permission, a full
    disk or too long a name before hours of work.
    """
    try:
        target = path.resolve()
        partial = partial_file(target)
        if target.exists() and not target.is_file():
            if not os.access(target, os.W_OK):
                raise PermissionError(EACCES, os.strerror(EACCES))
            return
        try:
            partial.write_bytes(bytes(_PROBE))
        finally:
            with suppress(OSError):
                partial.unlink()
    except RuntimeError as error:
        raise OSError(ELOOP, os.strerror(ELOOP), str(path)) from error
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def save_figure(path: Path, figure: Any, dpi: int) -> None:
    """Writes a figure of matplotlib as `replace_file` does; its format is the file's suffix."""
    if not path.suffix:
        path = path.with_name(path.name + ".png")
    picture = BytesIO()
    figure.savefig(picture, format=path.suffix.removeprefix(".").lower(), dpi=dpi)
    replace_file(path, picture.getvalue())
