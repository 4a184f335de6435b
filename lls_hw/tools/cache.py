"""The user's cache: results, found by a digest of their inputs."""

import hashlib
import importlib.metadata
import os
import shutil
import sys
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

from lls_hw.tools.failures import BuildFailed

__all__ = ["Cache", "cache_folder", "digest", "sources"]

_LIMIT = 2 << 30
"""Limit of the build cache in bytes; the least recently used entries are removed first."""

_PARTIAL = ".partial-"
_LONGEST_STORE = 3600
"""Seconds after which a folder that is still partial was left by a build that was killed."""

_SECONDS = "lls-hw.seconds"
"""Header of an archive."""


def cache_folder() -> Path:
    """The cache folder: $XDG_CACHE_HOME/lls-hw or ~/.cache/lls-hw."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lls-hw"
    except RuntimeError as error:
        raise BuildFailed(
            "There is no home folder to cache in; set XDG_CACHE_HOME to a folder."
        ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildFailed(
            f"The cache folder {folder} cannot be written ({error.strerror}); "
            f"set XDG_CACHE_HOME to another folder."
        ) from error
    return folder


def digest(*parts: str | bytes) -> str:
    """Digest of a sequence of texts."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "little"))
        whole.update(data)
    return whole.hexdigest()[:24]


def sources(*packages: str) -> str:
    """Digest of the loaded modules of these packages and of Amaranth's version."""
    names = sorted(name for name in sys.modules if name.partition(".")[0] in packages)
    files = [sys.modules[name].__file__ for name in names]
    texts = [Path(file).read_bytes() for file in files if file is not None]
    return digest(*texts, importlib.metadata.version("amaranth"))


class Cache:
    """Files that a step has made, by the digest of everything that the step depends on.

    Entries appear atomically: an interrupted or concurrent build leaves complete entries or none.
    """

    def __init__(self, folder: Path, limit: int = _LIMIT) -> None:
        self._folder, self._limit = folder, limit

    def fetch(self, key: str, folder: Path) -> bool:
        """Copies the files of an entry into the folder; False if there is no entry."""
        entry = self._entry(key)
        try:
            with tarfile.open(entry, "r:gz") as archive:
                archive.extractall(folder, filter="data")
            os.utime(entry)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return False
        except (OSError, EOFError, tarfile.TarError, zlib.error):
            entry.unlink(missing_ok=True)  # damaged: the step runs again
            return False
        return True

    def seconds(self, key: str) -> float | None:
        """How long the step took that made an entry; None if that is not known."""
        try:
            with tarfile.open(self._entry(key), "r:gz") as archive:
                return float(archive.pax_headers[_SECONDS])
        except (OSError, EOFError, tarfile.TarError, zlib.error, KeyError, ValueError):
            return None

    def store(self, key: str, files: Iterable[Path], seconds: float) -> None:
        """Stores the files, without their folders, as an entry, and how long they took to make.

        If the cache cannot be written, the step has still succeeded; later builds take longer.
        """
        temporary = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self._folder))
            headers = {_SECONDS: f"{seconds:.1f}"}
            with tarfile.open(
                temporary / "entry", "w:gz", compresslevel=1, pax_headers=headers
            ) as archive:
                for file in files:
                    archive.add(file, file.name)
            (temporary / "entry").replace(self._entry(key))
            self._shrink()
        except OSError as error:
            print(f"Nothing is cached in {self._folder} ({error.strerror}).", file=sys.stderr)
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)

    def _entry(self, key: str) -> Path:
        return self._folder / f"{key}.tar.gz"

    def _shrink(self) -> None:
        """Removes the least recently used entries until the cache is within its limit."""
        for left in self._folder.glob(f"{_PARTIAL}*"):  # by a build that was killed
            if time.time() - left.stat().st_mtime > _LONGEST_STORE:
                shutil.rmtree(left, ignore_errors=True)
        entries = [(file, file.stat()) for file in self._folder.glob("*.tar.gz")]
        entries.sort(key=lambda entry: entry[1].st_mtime, reverse=True)
        total = 0
        for file, state in entries:
            total += state.st_size
            if total > self._limit:
                file.unlink(missing_ok=True)
