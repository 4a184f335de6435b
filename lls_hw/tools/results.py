"""What command lines that train have in common: progress bars and result files."""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lls_hw.errors import LlsError

__all__ = ["check_outputs", "progress_columns", "write_json"]


def progress_columns() -> tuple[ProgressColumn, ...]:
    """Of a bar whose tasks have the field `info`."""
    return (
        TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[info]}"), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip


def check_outputs(*paths: Path | None) -> None:
    """LlsError now rather than after hours of training."""
    for path in paths:
        if path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
            raise LlsError(
                f"{path} cannot be written: {path.parent} is not a folder, or not yours; choose "
                "another file."
            )


def write_json(path: Path, results: dict[str, object], program: str, data_dir: Path | None) -> None:
    """Writes results with the versions and the command line they were made with.

    The data folder, which is another one elsewhere, is called DIR.
    """
    results["versions"] = {name: version(name) for name in ("lls-hw", "amaranth", "numpy")}
    words = ("DIR" if word == str(data_dir) else word for word in sys.argv[1:])
    results["command"] = " ".join([program, *words])
    try:
        path.write_text(json.dumps(results, indent=2) + "\n")
    except OSError as error:
        raise LlsError(
            f"{path} cannot be written ({error.strerror}); choose another file."
        ) from error
