"""Files that are written atomically."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, ELOOP
from io import BytesIO
from pathlib import Path
from threading import get_ident
from typing import Any

from lls_hw.errors import LlsError

__all__ = ["as_path", "check_writable", "replace_file", "replacing", "save_figure"]

_PROBE = 4096
"""Bytes that are written to see whether more can be."""


def as_path(value: object, what: str) -> Path:
    """A path of a text or a path; LlsError, which names `what`, for anything else."""
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise LlsError(f"{what} is {value!r}; give the path of a file or folder, as a text.")
    return Path(value)


def _new_file(path: Path) -> Path:
    """An empty file beside `path`, with a name that no other process or thread uses.

    What has this name nevertheless, such as a link to another file, is removed and not written to.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}-{get_ident()}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(exist_ok=False)
    return partial


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new, empty file to write to, which takes the place of `path` at the end.

    After an error nothing is left of it.
    """
    partial = _new_file(path)
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def replace_file(path: Path, content: bytes | str) -> None:
    """Writes a file; an existing one stays intact until the new one is complete.

    A link keeps leading to the file, and what is not a file, such as a device or a pipe, is written
    to as it is. The OSError of a failure names `path`.
    """
    target = path.resolve()
    data = content.encode() if isinstance(content, str) else content
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        with replacing(target) as partial:
            partial.write_bytes(data)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def check_writable(path: Path) -> None:
    """OSError, which names `path`, if `replace_file` could not write a file there.

    A file beside it is written and removed: whoever asks finds a folder without permission, a full
    disk or too long a name before hours of work.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            if not os.access(target, os.W_OK):
                raise PermissionError(EACCES, os.strerror(EACCES))
            return
        partial = _new_file(target)
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
