"""The folder of an exploration: a file for each result, which appears when it is complete."""

import json
from pathlib import Path
from typing import Any

from lls_hw.errors import LlsError
from lls_hw.tools.files import check_writable, replace_file

__all__ = ["Store"]


class Store:
    """Results by their keys. Whatever kills the program, a result is there as a whole or not at
    all. LlsError if the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._results = folder / "results"
        try:
            self._results.mkdir(parents=True, exist_ok=True)
            check_writable(self._results / "any")
        except OSError as error:
            raise self._unwritable(error) from error

    def kept(self, key: str) -> dict[str, Any] | None:
        """A result that need not be made again; None if there is none."""
        try:
            found = json.loads((self._results / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        whole = isinstance(found, dict) and ("error" not in found or found.get("final"))
        return found if whole else None

    def keep(self, key: str, outcome: dict[str, Any]) -> None:
        """Writes a result."""
        self.write(f"results/{key}.json", json.dumps(outcome, indent=1) + "\n")

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the folder."""
        path = self.folder / name
        try:
            path.parent.mkdir(exist_ok=True)
            replace_file(path, text)
        except OSError as error:
            raise self._unwritable(error) from error
        return path

    def build_folder(self, key: str) -> Path:
        """Where the build with a key leaves its files."""
        return self.folder / "builds" / key

    def _unwritable(self, error: OSError) -> LlsError:
        return LlsError(
            f"The folder {self.folder} cannot be written ({error.strerror}); choose another --out."
        )
