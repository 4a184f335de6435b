"""Lattice ECP5: from a netlist to a bitstream with Yosys, nextpnr and Project Trellis."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lls_hw.bitstream.constraints import lpf
from lls_hw.bitstream.floorplan import SITES, floorplan
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.pad_registers import pad_registers
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.board import UART, Board
from lls_hw.gateware.arithmetic.ecp5_chain import Ecp5Arithmetic
from lls_hw.gateware.clock.ecp5_clock import Ecp5Clock
from lls_hw.gateware.clock.ecp5_pll import PllDividers, pll_dividers, pll_phase
from lls_hw.gateware.clock.ecp5_usb_clock import Ecp5UsbClock
from lls_hw.gateware.clock.usb_pll import usb_dividers
from lls_hw.gateware.external.ecp5_pads import Ecp5Pads
from lls_hw.tools.packages import require
from lls_hw.tools.toolchain import Tool, find_tool

__all__ = ["CAPACITY", "Ecp5"]

CAPACITY = {
    "12k": {"LUT": 24288, "FF": 24288, "DSP": 28, "BRAM": 56},
    "25k": {"LUT": 24288, "FF": 24288, "DSP": 28, "BRAM": 56},
    "45k": {"LUT": 43848, "FF": 43848, "DSP": 72, "BRAM": 108},
    "85k": {"LUT": 83640, "FF": 83640, "DSP": 156, "BRAM": 208},
    "um5g-45k": {"LUT": 43848, "FF": 43848, "DSP": 72, "BRAM": 108},
    "um5g-85k": {"LUT": 83640, "FF": 83640, "DSP": 156, "BRAM": 208},
}
"""Cells that nextpnr has on each device."""
_DEVICE = re.compile(r"LFE5(?:U-|(UM5G-))(\d+)F")
"""Device names: the size, and the family unless it is LFE5U."""


@dataclass(frozen=True)
class Ecp5(Flow):
    """Devices have nextpnr's names: 12k, 25k, 45k, 85k, um5g-45k, um5g-85k."""

    PRODUCTS = ("top.bit",)
    SYNTHESIS = "synth_ecp5 -top top -json top.json"
    CELLS = {
        "LUT": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
        "FF": {"TRELLIS_FF": 1},
        "DSP": {"MULT18X18D": 1},
        "BRAM": {"DP16KD": 1},
    }
    CAPACITY = CAPACITY
    BELS = {"LUT": "TRELLIS_COMB", "FF": "TRELLIS_FF", "DSP": "MULT18X18D", "BRAM": "DP16KD"}
    CLOCK_EXTRAS = r"\$\d+|^\$glbnet\$"
    BLOCK_BITS = 18 * 1024
    PADS = Ecp5Pads
    technology = Ecp5Arithmetic()

    @classmethod
    def of(cls, platform: Any) -> "Ecp5":
        return cls(
            device=_DEVICE.sub(r"\1\2k", platform.device).lower(),
            package=platform.package.replace("BG", "CABGA").replace("MG", "CSFBGA"),
            speed=platform.speed,
        )

    @cached_property
    def nextpnr(self) -> Tool:
        """Place and route."""
        return find_tool("nextpnr-ecp5")

    @cached_property
    def ecppack(self) -> Tool:
        """Bitstream."""
        return find_tool("ecppack")

    @property
    def tools(self) -> list[Tool]:
        require("scipy", "The floorplan needs SciPy")
        return [self.yosys, self.nextpnr, self.ecppack]

    @property
    def speed_class(self) -> str:
        return f"5g-{self.speed}" if self.device.startswith("um5g") else self.speed

    def dividers(self, source: float, wanted: float) -> PllDividers:
        return pll_dividers(source, wanted)

    def clock(self, source: float, dividers: PllDividers, phase: float | None = None) -> Ecp5Clock:
        return Ecp5Clock(source, dividers, None if phase is None else pll_phase(dividers, phase))

    def usb_clock(self, source: float) -> Ecp5UsbClock:
        return Ecp5UsbClock(source, usb_dividers(source))

    def prepare(
        self, board: Board, platform: Any, clock: float, folder: Path, memory: bool = False,
        link: str = UART,
    ) -> None:  # fmt: skip
        (folder / "top.lpf").write_text(lpf(board, platform, memory, link), "utf-8")

    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        netlist = json.loads((folder / "top.json").read_text("utf-8"))
        cells = netlist["modules"]["top"]["cells"]
        for name, site in floorplan(cells, SITES[self.device.removeprefix("um5g-")]).items():
            cells[name]["attributes"]["BEL"] = site.name
        for name in pad_registers(cells):
            cells[name]["attributes"]["syn_useioff"] = "1"
        (folder / "floorplan.json").write_text(json.dumps(netlist), "utf-8")
        command = [
            self.nextpnr.path, f"--{self.device}", "--package", self.package, "--speed", self.speed,
            "--json", "floorplan.json", "--lpf", "top.lpf", "--textcfg", "top.config",
            "--report", "timing.json", "--write", "placed.json", "--timing-allow-fail",
            "--seed", str(seed),
            # Shorter wires than the default placer's, in less time.
            "--placer", "static", "--router", "router2",
        ]  # fmt: skip
        steps.run(command, folder, "place.log")
        return self.placed(folder)

    def pack(self, steps: Steps, folder: Path) -> None:
        command = [self.ecppack.path, "--compress", "--input", "top.config", "--bit", "top.bit"]
        steps.run(command, folder, "pack.log")
