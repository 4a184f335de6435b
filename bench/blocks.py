"""Size and clock of single blocks on the ECP5: `python bench/blocks.py [NAME ...]`.

Each block is synthesised and routed alone on an LFE5U-85F, speed grade 6, out of context: without
pins, at a target of 100 MHz, seed 1. The results go to bench/results/blocks.json, from which
`python -m docs.tables` makes tables of the documentation. Named blocks are measured again; the
others only if they are missing.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.steps import Steps
from lls_hw.contract.config import Config, preset
from lls_hw.gateware.axi.transport import AxiTransport
from lls_hw.gateware.link.link import Link
from lls_hw.gateware.local.unit import LocalUpdateUnit
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.files import replace_file

sys.path.append(str(Path(__file__).parents[1]))
from lls_hw.gateware.without_reset import WithoutReset  # noqa: E402

FILE = Path(__file__).parent / "results" / "blocks.json"
TARGET = 100
"""Target of the router, MHz."""
CELLS = {
    "LUT4": "LUT4",
    "CCU2C": "CCU2C",
    "flip-flops": "TRELLIS_FF",
    "distributed RAMs": "TRELLIS_DPR16X4",
    "block RAMs": "DP16KD",
    "multipliers": "MULT18X18D",
}


def _link(config: Config) -> Link:
    return Link(config.link_depth, config.link_depth // 2)


def _bus(config: Config) -> AxiTransport:
    return AxiTransport(config.digest)


SMALL = preset("small")
BLOCKS: dict[str, tuple[Callable[[Config], Any], Config]] = {
    "link": (_link, SMALL),
    "AXI4-Lite registers": (_bus, SMALL),
    "local update unit": (LocalUpdateUnit, SMALL),
    "local update unit, lanes=16": (LocalUpdateUnit, replace(SMALL, lanes=16)),
    "local update unit, basis_bits=8": (LocalUpdateUnit, replace(SMALL, basis_bits=8)),
    "local update unit, modulation_depth=1024": (
        LocalUpdateUnit,
        replace(SMALL, modulation_depth=1024),
    ),
    "local update unit, basis_bits=8, modulation_depth=1024": (
        LocalUpdateUnit,
        replace(SMALL, basis_bits=8, modulation_depth=1024),
    ),
}


def measure(component: Any, steps: Steps) -> dict[str, Any]:
    """Cells after synthesis, and the clock that the router reaches."""
    flow = Ecp5("85k", "CABGA381", "6")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        design = elaborate(WithoutReset(component, fast=True), "top", flow.technology)
        (folder / "top.il").write_text(design)
        with steps.step("Synthesis"):
            flow.netlist(steps, folder)
        command = [
            flow.nextpnr.path, f"--{flow.device}", "--package", flow.package, "--speed",
            flow.speed, "--json", "top.json", "--out-of-context", "--freq", str(TARGET),
            "--router", "router2", "--report", "timing.json", "--timing-allow-fail", "--seed", "1",
        ]  # fmt: skip
        with steps.step("Place and route"):
            steps.run(command, folder, "place.log")
        found = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
        clocks = json.loads((folder / "timing.json").read_text())["fmax"].values()
    return {
        "cells": {kind: found.get(cell, 0) for kind, cell in CELLS.items()},
        "mhz": round(min(clock["achieved"] for clock in clocks), 1),
        "tools": {tool.name: tool.version for tool in (flow.yosys, flow.nextpnr)},
    }


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {'; '.join(BLOCKS)}")
    names = parser.parse_args().names
    for name in names:
        if name not in BLOCKS:
            parser.error(f"there is no block {name!r}; choose from {'; '.join(BLOCKS)}")
    blocks = json.loads(FILE.read_text())["blocks"] if FILE.exists() else {}
    steps = Steps(Console(stderr=True))
    for name, (make, config) in BLOCKS.items():
        if name in names or name not in blocks:
            print(name, file=sys.stderr)
            blocks[name] = measure(make(config), steps)
            ordered = {key: blocks[key] for key in BLOCKS if key in blocks}
            page = {"command": "python bench/blocks.py", "target_mhz": TARGET, "blocks": ordered}
            replace_file(FILE, json.dumps(page, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
