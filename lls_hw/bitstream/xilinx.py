"""Xilinx 7-series: synthesis with Yosys, then openXC7 where it is installed, or Vivado."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lls_hw.bitstream.constraints import xdc
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.openxc7 import openxc7_script, openxc7_tools
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.bitstream.vivado import vivado_project
from lls_hw.boards.board import UART, Board
from lls_hw.gateware.clock.xilinx_clock import XilinxClock
from lls_hw.gateware.clock.xilinx_pll import XilinxDividers, xilinx_dividers
from lls_hw.tools.failures import BuildFailed
from lls_hw.tools.toolchain import Tool

__all__ = ["Xilinx"]

_FMAX = re.compile(r"Max frequency for clock\s+'([^']+)':\s+([\d.]+) MHz \(\w+ at ([\d.]+) MHz\)")


@dataclass(frozen=True)
class Xilinx(Flow):
    """Devices are called xc7a35t, xc7a100t.

    Without openXC7 a build ends with synthesis: its report counts Yosys's cells and has no clock.
    The build writes the Vivado project and the script for openXC7 in any case.
    """

    PRODUCTS = ("vivado.tcl", "top.xdc", "openxc7.sh", "top.json", "top.bit")
    REMAINING = ("vivado -mode batch -source vivado.tcl", "./openxc7.sh")
    SYNTHESIS = "synth_xilinx -family xc7 -flatten -top top; write_json top.json"
    CELLS = {  # a RAMB36E1 is two block RAMs of 18 kbit
        "LUT": {
            **{f"LUT{inputs}": 1 for inputs in range(1, 7)},
            "INV": 1, "SRL16E": 1, "SRLC32E": 1, "RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2,
            "RAM64X1D": 2, "RAM128X1D": 4,
        },
        "FF": {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1},
        "DSP": {"DSP48E1": 1},
        "BRAM": {"RAMB18E1": 1, "RAMB36E1": 2},
    }  # fmt: skip
    CAPACITY = {
        "xc7a35t": {"LUT": 20800, "FF": 41600, "DSP": 90, "BRAM": 100},
        "xc7a100t": {"LUT": 63400, "FF": 126800, "DSP": 240, "BRAM": 270},
    }
    BLOCK_BITS = 18 * 1024

    grade: str
    """Temperature grade in Vivado's naming: `i` for industrial, or empty."""

    @classmethod
    def of(cls, platform: Any) -> "Xilinx":
        device = platform.device.removesuffix("i")
        grade = platform.device.removeprefix(device)
        return cls(device=device, package=platform.package, speed=platform.speed, grade=grade)

    @property
    def part(self) -> str:
        """Part name in Vivado."""
        return f"{self.device}{self.grade}{self.package}-{self.speed}"

    @property
    def open_part(self) -> str:
        """Part name in Project X-Ray, which has one speed grade."""
        return f"{self.device}{self.package}-1"

    @cached_property
    def openxc7(self) -> list[Tool]:
        """Tools for place, route and bitstream; empty unless all are installed."""
        return openxc7_tools(self.open_part)

    @property
    def tools(self) -> list[Tool]:
        return [self.yosys, *self.openxc7]

    @property
    def routes(self) -> bool:
        return bool(self.openxc7)

    def dividers(self, source: float, wanted: float) -> XilinxDividers:
        return xilinx_dividers(source, wanted)

    def clock(
        self, source: float, dividers: XilinxDividers, phase: float | None = None
    ) -> XilinxClock:
        return XilinxClock(source, dividers)

    def prepare(
        self, board: Board, platform: Any, clock: float, folder: Path, memory: bool = False,
        link: str = UART,
    ) -> None:  # fmt: skip
        (folder / "top.xdc").write_text(xdc(board, platform), "utf-8")
        (folder / "vivado.tcl").write_text(vivado_project(self.part), "utf-8")
        script = folder / "openxc7.sh"
        script.write_text(openxc7_script(self.open_part, clock), "utf-8")
        script.chmod(0o755)

    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        steps.run(["./openxc7.sh", "place", str(seed)], folder, "place.log")
        # The last report comes after routing; earlier ones are estimates.
        found = dict(
            (name, Timing(name, float(achieved), float(wanted)))
            for name, achieved, wanted in _FMAX.findall((folder / "place.log").read_text("utf-8"))
        )
        if not found:
            raise BuildFailed("nextpnr-xilinx reported no clock; see place.log.")
        return self.check(self.cells(folder)), list(found.values())

    def pack(self, steps: Steps, folder: Path) -> None:
        steps.run(["./openxc7.sh", "pack"], folder, "pack.log")
