"""Loads a bitstream into a board with an installed programmer."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from lls_hw.bitstream.dfu import DFU_SUFFIX, loaded_anyway, prepare_dfu
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.board import Board
from lls_hw.errors import LlsError
from lls_hw.tools.failures import BuildFailed, ToolMissing

__all__ = ["LoadError", "PROGRAMMERS", "Programmer", "find_programmer", "load"]


class LoadError(LlsError):
    """The bitstream did not reach the board."""


@dataclass(frozen=True)
class Programmer:
    """A program that writes bitstreams into boards."""

    commands: tuple[str, ...]
    """Names of its executable."""
    install: str
    """Command that installs it."""

    def path(self) -> str | None:
        """Its path: in the folder of this Python or on PATH."""
        folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        found = (shutil.which(name, path=folders) for name in self.commands)
        return next(filter(None, found), None)


PROGRAMMERS = {
    "openFPGALoader": Programmer(
        ("openFPGALoader", "openfpgaloader-cli"), "apt install openfpgaloader"
    ),
    "dfu-util": Programmer(("dfu-util",), "apt install dfu-util"),
    "iceprog": Programmer(("iceprog",), "apt install fpga-icestorm"),
}
"""Programmers by the names that boards use."""


def _programmer(name: str) -> Programmer:
    """The programmer of that name; a board of a user may have one that is not listed."""
    return PROGRAMMERS.get(name, Programmer((name,), f"a package with {name}"))


def find_programmer(board: Board, variant: str, bitstream: str) -> list[str]:
    """The command that loads the file; ToolMissing names what to install.

    Boards list commands in order of preference; the first whose program is installed is used.
    """
    for template in board.programmers:
        name, *arguments = template.split()
        path = _programmer(name).path()
        if path is not None:
            files = {"file": bitstream, "dfu": Path(bitstream).with_suffix(DFU_SUFFIX).name}
            return [path, *(a.format(**files, variant=variant) for a in arguments)]
    names = [template.split()[0] for template in board.programmers]
    if not names:
        raise ToolMissing(
            f"No programmer is known for the {board.title}; load the bitstream by hand, "
            f"see docs/boards.md."
        )
    remedy = " or ".join(f"`{_programmer(name).install}`" for name in names)
    raise ToolMissing(
        f"Loading the {board.title} needs {' or '.join(names)}; install it with {remedy}."
    )


def load(board: Board, command: list[str], folder: Path, bitstream: str, steps: Steps) -> None:
    """Runs the command in the folder of the bitstream; LoadError names what to check."""
    prepare_dfu(command, folder, bitstream)
    try:
        with steps.step("Loading"):
            steps.run(command, folder, "load.log")
    except BuildFailed as error:
        log = (folder / "load.log").read_text("utf-8")
        if loaded_anyway(log):
            return
        lines = log.split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), str(error))
        raise LoadError(
            f"The {board.title} was not loaded: {said.rstrip('.')}; check that it is connected, "
            f"switched on and accessible to your user (docs/boards.md), then run "
            f"`{' '.join(command)}` in {folder}."
        ) from error
