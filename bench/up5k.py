"""Size of the smallest engine and its blocks on the iCE40 UP5K, which it does not fit.

    python bench/up5k.py

Synthesises the preset `nano` as a whole and each block alone, as a build does, and writes
bench/results/up5k.md. Synthesis can remove less from a block alone and shares nothing between
blocks, so the blocks add up to somewhat more than the whole.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.steps import Steps
from lls_hw.boards import find_board
from lls_hw.contract.config import preset
from lls_hw.gateware.array.column import Column
from lls_hw.gateware.array.output_place import OutputPlace
from lls_hw.gateware.array.unit import ArrayUnit
from lls_hw.gateware.array.update_schedule import UpdateSchedule
from lls_hw.gateware.core import Core
from lls_hw.gateware.host import HostPort
from lls_hw.gateware.layer_state import LayerState
from lls_hw.gateware.link.link import Link
from lls_hw.gateware.local.unit import LocalUpdateUnit
from lls_hw.gateware.sequencer import Sequencer
from lls_hw.gateware.system import System
from lls_hw.gateware.tiler.tiler import Tiler
from lls_hw.gateware.update.noise import NoiseHash
from lls_hw.gateware.verilog import elaborate
from lls_hw.gateware.without_reset import WithoutReset
from lls_hw.tools.files import replace_file

RESULTS = Path(__file__).parent / "results"
CONFIG = preset("nano")
BLOCKS: dict[str, Callable[[], Any]] = {
    "whole engine with link": lambda: System(CONFIG),
    "link": lambda: Link(CONFIG.link_depth, CONFIG.link_depth // 2),
    "engine without link": lambda: Core(CONFIG),
    "local update unit": lambda: LocalUpdateUnit(CONFIG),
    "host port": lambda: HostPort(CONFIG),
    "sequencer": lambda: Sequencer(CONFIG),
    "layer states": lambda: LayerState(CONFIG),
    "array unit": lambda: ArrayUnit(CONFIG),
    "array unit: one of 2 columns": lambda: Column(CONFIG, 1),
    "array unit: tiler": lambda: Tiler(CONFIG),
    "array unit: output places": lambda: OutputPlace(CONFIG),
    "array unit: update schedule": lambda: UpdateSchedule(CONFIG),
    "array unit: noise": lambda: NoiseHash(),
}
CELLS = {
    "LUT": ("SB_LUT4",),
    "carry": ("SB_CARRY",),
    "flip-flop": ("SB_DFF",),
    "MAC16": ("SB_MAC16",),
    "block RAM": ("SB_RAM40_4K",),
    "SPRAM": ("SB_SPRAM256KA",),
}
LIMITS = {"LUT": 5280, "flip-flop": 5280, "MAC16": 8, "block RAM": 30, "SPRAM": 4}


def count(component: Any, flow: Any) -> dict[str, int]:
    """Cells of a component."""
    steps = Steps(Console(quiet=True))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        design = elaborate(WithoutReset(component, fast=True), "top", flow.technology)
        (folder / "top.il").write_text(design)
        with steps.step("Synthesis"):
            flow.netlist(steps, folder)
        cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    return {
        kind: sum(n for cell, n in cells.items() if cell.startswith(prefixes))
        for kind, prefixes in CELLS.items()
    }


def main() -> int:
    """Entry point; returns the exit status."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    board = find_board("icebreaker")
    flow = flow_of(board.platform(board.variant("up5k")))
    found = {name: count(make(), flow) for name, make in track(BLOCKS.items(), "Blocks")}
    whole = found["whole engine with link"]
    lines = [f"| block | {' | '.join(CELLS)} |", "|---" * (len(CELLS) + 1) + "|"]
    for name, cells in found.items():
        lines.append(f"| {name} | {' | '.join(f'{n:,}' for n in cells.values())} |")
    lines.append(f"| the device has | {' | '.join(str(LIMITS.get(k, '')) for k in CELLS)} |")
    excess = {kind: whole[kind] - most for kind, most in LIMITS.items() if whole[kind] > most}
    missing = ", ".join(f"{cells:,} {kind}" for kind, cells in excess.items())
    head = (
        "# The smallest engine on the iCE40 UP5K\n\n"
        f"Made by `python bench/up5k.py`: preset `nano`, {CONFIG.rows} x {CONFIG.cols}, cells "
        f"after synthesis. {f'Too many: {missing}.' if missing else 'It fits.'}\n"
    )
    replace_file(RESULTS / "up5k.md", "\n".join([head, *lines, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
