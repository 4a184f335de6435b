"""Lattice iCE40 UP5K: from a netlist to a bitstream with Yosys, nextpnr and Project IceStorm."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from boards.board import Board
from lls_hw.bitstream.constraints import pcf
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.ice40_pll import Ice40Dividers, ice40_dividers
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.bitstream.yosys import count_cells
from lls_hw.config import Config
from lls_hw.formats import WEIGHT_BITS
from lls_hw.gateware.ice40_clock import Ice40Clock
from lls_hw.gateware.spram import Spram
from lls_hw.toolchain import Tool, find_tool

__all__ = ["Ice40"]

_CELLS = {
    "LC": {"SB_LUT4": 1},
    "DSP": {"SB_MAC16": 1},
    "BRAM": {"SB_RAM40_4K": 1},
    "SPRAM": {"SB_SPRAM256KA": 1},
}
"""What each cell of a netlist takes; flip-flops and carries share the logic cells."""
_BELS = {
    "LC": "ICESTORM_LC", "DSP": "ICESTORM_DSP", "BRAM": "ICESTORM_RAM", "SPRAM": "ICESTORM_SPRAM",
}  # fmt: skip
"""Names of nextpnr."""
_SUFFIX = re.compile(r"(\$\d+)?(_\$glb_clk)?$")
"""What the tools add to the name of a clock."""


@dataclass(frozen=True)
class Ice40(Flow):
    """Devices are called as nextpnr calls them: up5k. A logic cell (LC) is a LUT and a register."""

    PRODUCTS = ("top.bin",)
    CAPACITY = {"up5k": {"LC": 5280, "DSP": 8, "BRAM": 30, "SPRAM": 4}}
    BELS = _BELS
    BLOCK_BITS = 4 * 1024
    technology = Spram()

    @classmethod
    def of(cls, platform: Any) -> "Ice40":
        device = platform.device.removeprefix("iCE40").lower()
        return cls(device=device, package=platform.package.lower(), speed="")

    @cached_property
    def yosys(self) -> Tool:
        """Synthesis."""
        return find_tool("yosys")

    @cached_property
    def nextpnr(self) -> Tool:
        """Place and route."""
        return find_tool("nextpnr-ice40")

    @cached_property
    def icepack(self) -> Tool:
        """Bitstream."""
        return find_tool("icepack")

    @property
    def tools(self) -> list[Tool]:
        return [self.yosys, self.nextpnr, self.icepack]

    def dividers(self, source: float, wanted: float) -> Ice40Dividers:
        return ice40_dividers(source, wanted)

    def clock(self, source: float, dividers: Ice40Dividers) -> Ice40Clock:
        return Ice40Clock(source, dividers)

    def expect(self, config: Config) -> None:
        """CapacityError when the array or the weights alone exceed the device."""
        cells = config.cols * Spram.cells(WEIGHT_BITS, config.weight_depth)
        self.check({"DSP": config.macs_per_cycle, "SPRAM": cells})

    def prepare(self, board: Board, platform: Any, clock: float, folder: Path) -> None:
        # nextpnr does not follow the clock through the divider behind the PLL.
        (folder / "top.pcf").write_text(pcf(board, platform))
        (folder / "top.mhz").write_text(f"{clock:.6f}")

    def synthesise(self, steps: Steps, folder: Path) -> list[Resource]:
        script = (
            "read_rtlil top.il; "
            # Nobody uses what a read of `Ram` returns that meets a write; the link has its own.
            "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:CLK_ENABLE=1 %i *.link.*/* %d; "
            "synth_ice40 -dsp -top top -json top.json; "
            "tee -q -o stat.json stat -json"
        )
        steps.run([self.yosys.path, "-p", script], folder, "synthesis.log")
        return self.check(count_cells(folder, _CELLS))

    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        command = [
            self.nextpnr.path, f"--{self.device}", "--package", self.package,
            "--json", "top.json", "--pcf", "top.pcf", "--asc", "top.asc",
            "--freq", (folder / "top.mhz").read_text(),
            "--report", "timing.json", "--write", "placed.json", "--timing-allow-fail",
            "--seed", str(seed),
        ]  # fmt: skip
        steps.run(command, folder, "place.log")
        report = json.loads((folder / "timing.json").read_text())
        used = report["utilization"]
        resources = [
            Resource(name, used[bel]["used"], used[bel]["available"]) for name, bel in _BELS.items()
        ]
        timing = [
            Timing(_SUFFIX.sub("", name), clock["achieved"], clock["constraint"])
            for name, clock in report["fmax"].items()
        ]
        return resources, timing

    def pack(self, steps: Steps, folder: Path) -> None:
        steps.run([self.icepack.path, "top.asc", "top.bin"], folder, "pack.log")
