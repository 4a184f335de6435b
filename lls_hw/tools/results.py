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
from lls_hw.tools.files import check_writable, replace_file
from lls_hw.tools.packages import require

__all__ = [
    "check_matplotlib", "check_outputs", "check_picture", "command_line", "progress_columns",
    "versions", "write_json",
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
        if os.path.realpath(path) in map(os.path.realpath, given[:number]):
            raise LlsError(f"{path} is named for two outputs; choose another file for one of them.")
        if os.path.isdir(path):
            raise LlsError(f"{path} is a folder; choose a file in it or another one.")
        if not os.path.isdir(path.parent):
            raise LlsError(
                f"{path} cannot be written: {path.parent} is not a folder; choose another file."
            )
        try:
            check_writable(path)
        except OSError as error:
            raise LlsError(
                f"{path} cannot be written ({error.strerror}); choose another file, or make it "
                "possible."
            ) from error


def check_matplotlib(need: str) -> None:
    """LlsError if matplotlib is not installed or cannot be imported; `need` begins the sentence.

    An MPLBACKEND that another environment has set, such as a notebook, keeps it from that.
    """
    require("matplotlib", need)
    try:
        import matplotlib  # noqa: F401
    except (ImportError, ValueError) as error:
        backend = os.environ.get("MPLBACKEND")
        said = str(error).partition("\n")[0].rstrip(".")
        remedy = f"unset MPLBACKEND, which is {backend!r}" if backend else "install it again"
        raise LlsError(f"{need}, which cannot be used ({said}); {remedy}.") from error


def check_picture(path: Path | None) -> None:
    """Checks that a picture can be drawn and written; raises LlsError."""
    if path is None:
        return
    check_matplotlib("A picture needs matplotlib")
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
