"""Lattice iCE40 UP5K: from a netlist to a bitstream with Yosys, nextpnr and Project IceStorm."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lls_hw.bitstream.constraints import pcf
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.report import Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.board import UART, Board
from lls_hw.contract.config import Config
from lls_hw.contract.formats import VELOCITY_BITS, WEIGHT_BITS
from lls_hw.gateware.clock.ice40_clock import Ice40Clock
from lls_hw.gateware.clock.ice40_pll import Ice40Dividers, ice40_dividers
from lls_hw.gateware.memory.spram import Spram
from lls_hw.tools.toolchain import Tool, find_tool

__all__ = ["Ice40"]


@dataclass(frozen=True)
class Ice40(Flow):
    """Devices have nextpnr's names: up5k. A logic cell (LC) is a LUT and a register."""

    PRODUCTS = ("top.bin",)
    SYNTHESIS = "synth_ice40 -dsp -top top -json top.json"
    CELLS = {  # flip-flops and carries share the logic cells
        "LC": {"SB_LUT4": 1},
        "DSP": {"SB_MAC16": 1},
        "BRAM": {"SB_RAM40_4K": 1},
        "SPRAM": {"SB_SPRAM256KA": 1},
    }
    CAPACITY = {"up5k": {"LC": 5280, "DSP": 8, "BRAM": 30, "SPRAM": 4}}
    BELS = {
        "LC": "ICESTORM_LC", "DSP": "ICESTORM_DSP", "BRAM": "ICESTORM_RAM",
        "SPRAM": "ICESTORM_SPRAM",
    }  # fmt: skip
    CLOCK_EXTRAS = r"(\$\d+)?(_\$glb_clk)?$"
    BLOCK_BITS = 4 * 1024
    technology = Spram()

    @classmethod
    def of(cls, platform: Any) -> "Ice40":
        device = platform.device.removeprefix("iCE40").lower()
        return cls(device=device, package=platform.package.lower(), speed="")

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

    def clock(
        self, source: float, dividers: Ice40Dividers, phase: float | None = None
    ) -> Ice40Clock:
        return Ice40Clock(source, dividers)

    def expect(self, config: Config) -> None:
        """CapacityError if the array or the weights alone exceed the device."""
        widths = (WEIGHT_BITS, VELOCITY_BITS) if config.momentum else (WEIGHT_BITS,)
        cells = config.cols * sum(Spram.cells(width, config.weight_depth) for width in widths)
        self.check({"DSP": config.macs_per_cycle, "SPRAM": cells})

    def prepare(
        self, board: Board, platform: Any, clock: float, folder: Path, memory: bool = False,
        link: str = UART,
    ) -> None:  # fmt: skip
        # nextpnr does not propagate the clock through the divider after the PLL.
        (folder / "top.pcf").write_text(pcf(board, platform), "utf-8")
        (folder / "top.mhz").write_text(f"{clock:.6f}", "utf-8")

    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        command = [
            self.nextpnr.path, f"--{self.device}", "--package", self.package,
            "--json", "top.json", "--pcf", "top.pcf", "--asc", "top.asc",
            "--freq", (folder / "top.mhz").read_text("utf-8"),
            "--report", "timing.json", "--write", "placed.json", "--timing-allow-fail",
            "--seed", str(seed),
        ]  # fmt: skip
        steps.run(command, folder, "place.log")
        return self.placed(folder)

    def pack(self, steps: Steps, folder: Path) -> None:
        steps.run([self.icepack.path, "top.asc", "top.bin"], folder, "pack.log")
