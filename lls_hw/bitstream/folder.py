"""Output folder that never holds an incomplete build."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lls_hw.tools.failures import BuildFailed

__all__ = ["publish"]

_PARTIAL = ".partial-"


@contextmanager
def publish(out: Path, products: Sequence[str]) -> Iterator[Path]:
    """A temporary folder whose files move to `out` when the block ends without an error.

    `products` are all files that any build makes. Those of an earlier build are removed, starting
    with the first, and the first of the new ones appears last: its presence means a complete build.
    After an error only the logs (``*.log``) move, and an earlier build stays unchanged. BuildFailed
    if another build is using the folder.
    """
    with _locked(out):
        try:
            for left in out.glob(f"{_PARTIAL}*"):  # by a build that was killed
                shutil.rmtree(left)
            work = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=out))
        except OSError as error:
            raise _unwritable(out, error) from error
        yield from _filled(work, out, products)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Makes the folder and holds its lock. The system releases it if the process is killed."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BuildFailed(
                f"Another build is using {out}; wait until it has ended or choose another --out."
            ) from error
        yield
    finally:
        os.close(folder)


def _unwritable(out: Path, error: OSError) -> BuildFailed:
    return BuildFailed(
        f"The output folder {out} cannot be written ({error.strerror}); choose another --out."
    )


def _filled(work: Path, out: Path, products: Sequence[str]) -> Iterator[Path]:
    """Yields the temporary folder, then publishes its files."""
    try:
        yield work
        for name in products:
            (out / name).unlink(missing_ok=True)
        for file in sorted(work.iterdir(), key=lambda file: file.name == products[0]):
            file.replace(out / file.name)
    except Exception:
        for log in work.glob("*.log"):
            log.replace(out / log.name)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
