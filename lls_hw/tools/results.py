"""Progress bars and result files of the command lines that train."""

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
from lls_hw.tools.files import replace_file
from lls_hw.tools.packages import require

__all__ = [
    "check_outputs", "check_picture", "command_line", "progress_columns", "versions", "write_json",
]  # fmt: skip


def progress_columns() -> tuple[ProgressColumn, ...]:
    """Columns of a progress bar whose tasks have the field `info`."""
    return (
        TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[info]}"), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip


def check_outputs(*paths: Path | None) -> None:
    """Checks that different files can be written, before hours of training; raises LlsError."""
    given = [path for path in paths if path is not None]
    for number, path in enumerate(given):
        if path.resolve() in (other.resolve() for other in given[:number]):
            raise LlsError(f"{path} is named for two outputs; choose another file for one of them.")
        if path.is_dir():
            raise LlsError(f"{path} is a folder; choose a file in it or another one.")
        if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
            raise LlsError(
                f"{path} cannot be written: {path.parent} is not a folder, or not writable; choose "
                "another file."
            )


def check_picture(path: Path | None) -> None:
    """Checks that a picture can be drawn and written; raises LlsError."""
    if path is None:
        return
    require("matplotlib", "A picture needs matplotlib")
    from matplotlib.backend_bases import FigureCanvasBase

    kinds = FigureCanvasBase.get_supported_filetypes()
    if path.suffix and path.suffix.removeprefix(".").lower() not in kinds:
        raise LlsError(
            f"{path} names no kind of picture; choose a name that ends in "
            f"{', '.join(f'.{kind}' for kind in sorted(kinds))}."
        )
    check_outputs(path)


def versions() -> dict[str, str]:
    """Versions of what computes a run."""
    return {name: version(name) for name in ("lls-hw", "amaranth", "numpy")}


def command_line(program: str, data_dir: Path | None) -> str:
    """The command line of this process; it shows the data folder as DIR."""
    words = ("DIR" if word == str(data_dir) else word for word in sys.argv[1:])
    return " ".join([program, *words])


def write_json(path: Path, results: dict[str, object], program: str, data_dir: Path | None) -> None:
    """Writes results with the versions and the command line that made them."""
    results["versions"] = versions()
    results["command"] = command_line(program, data_dir)
    try:
        replace_file(path, json.dumps(results, indent=2) + "\n")
    except OSError as error:
        raise LlsError(
            f"{path} cannot be written ({error.strerror}); choose another file."
        ) from error
