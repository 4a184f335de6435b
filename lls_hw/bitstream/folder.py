"""Output folder that never holds half a build."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lls_hw.verilate import BuildFailed

__all__ = ["publish"]


@contextmanager
def publish(out: Path, products: Sequence[str]) -> Iterator[Path]:
    """A temporary folder whose files move to `out` when the block ends without an error.

    `products` are all files that any build makes; those of an earlier one are taken away, the
    first of them first, and that one appears last: whoever sees it sees a complete build.
    After an error only the logs (``*.log``) move, and an earlier build stays as it was.
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
