"""Output folder that never holds half a build."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lls_hw.verilate import BuildFailed

__all__ = ["publish"]


@contextmanager
def publish(out: Path, last: str) -> Iterator[Path]:
    """A temporary folder whose files move to `out` when the block ends without an error.

    The file `last` is taken away first and appears last: whoever sees it sees a complete build.
    After an error only the logs (``*.log``) move.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".partial-", dir=out))
    except OSError as error:
        raise BuildFailed(
            f"The output folder {out} cannot be written ({error.strerror}); choose another --out."
        ) from error
    try:
        yield work
        (out / last).unlink(missing_ok=True)
        _move(work, out, last)
    except Exception:
        for log in work.glob("*.log"):
            log.replace(out / log.name)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _move(work: Path, out: Path, last: str) -> None:
    files = sorted(work.iterdir(), key=lambda file: file.name == last)
    for file in files:
        file.replace(out / file.name)
