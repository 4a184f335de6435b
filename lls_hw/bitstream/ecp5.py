"""Lattice ECP5: from a netlist to a bitstream with Yosys, nextpnr and Project Trellis."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lls_hw.bitstream.report import CapacityError, Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.config import Config
from lls_hw.toolchain import Tool, find_tool

__all__ = ["CAPACITY", "Ecp5"]

CAPACITY = {
    "12k": {"LUT": 24288, "FF": 24288, "DSP": 28, "BRAM": 56},
    "25k": {"LUT": 24288, "FF": 24288, "DSP": 28, "BRAM": 56},
    "45k": {"LUT": 43848, "FF": 43848, "DSP": 72, "BRAM": 108},
    "85k": {"LUT": 83640, "FF": 83640, "DSP": 156, "BRAM": 208},
}
"""What nextpnr offers on each device."""
_CELLS = {
    "LUT": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
    "FF": {"TRELLIS_FF": 1},
    "DSP": {"MULT18X18D": 1},
    "BRAM": {"DP16KD": 1},
}
"""What each cell of a netlist takes of them."""
_BELS = {"LUT": "TRELLIS_COMB", "FF": "TRELLIS_FF", "DSP": "MULT18X18D", "BRAM": "DP16KD"}
"""Names of nextpnr."""
_NUMBER = re.compile(r"\$\d+|^\$glbnet\$")
"""What the tools add to the name of a clock."""
_BLOCK_BITS = 18 * 1024


@dataclass(frozen=True)
class Ecp5:
    """The tools, and the device they build for."""

    device: str
    """Size as nextpnr names it: 12k, 25k, 45k, 85k."""
    package: str
    speed: str
    yosys: Tool
    nextpnr: Tool
    ecppack: Tool

    @classmethod
    def of(cls, platform: Any) -> "Ecp5":
        """For the device of an amaranth-boards platform; ToolMissing says what to install."""
        return cls(
            device=platform.device.removeprefix("LFE5U-").lower().replace("f", "k"),
            package=platform.package.replace("BG", "CABGA"),
            speed=platform.speed,
            yosys=find_tool("yosys"),
            nextpnr=find_tool("nextpnr-ecp5"),
            ecppack=find_tool("ecppack"),
        )

    @property
    def tools(self) -> list[Tool]:
        """All of them."""
        return [self.yosys, self.nextpnr, self.ecppack]

    def expect(self, config: Config) -> None:
        """CapacityError when the array or the weights alone exceed the device."""
        bits = config.cols * config.weight_depth * 16
        self._check({"DSP": config.macs_per_cycle, "BRAM": -(-bits // _BLOCK_BITS)})

    def synthesise(self, steps: Steps, folder: Path) -> None:
        """top.il to top.json; CapacityError when the result exceeds the device."""
        script = (
            "read_rtlil top.il; "
            # Nobody uses what a read of `Ram` returns that meets a write; the link has its own.
            "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:CLK_ENABLE=1 %i *.link.*/* %d; "
            "synth_ecp5 -top top -json top.json; "
            "tee -q -o stat.json stat -json"
        )
        steps.run([self.yosys.path, "-p", script], folder, "synthesis.log")
        cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
        self._check(
            {
                name: sum(weight * cells.get(cell, 0) for cell, weight in kinds.items())
                for name, kinds in _CELLS.items()
            }
        )

    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        """top.json and top.lpf to top.config; what it uses and how fast it is."""
        command = [
            self.nextpnr.path, f"--{self.device}", "--package", self.package, "--speed", self.speed,
            "--json", "top.json", "--lpf", "top.lpf", "--textcfg", "top.config",
            "--report", "timing.json", "--timing-allow-fail", "--seed", str(seed),
            # Shorter wires than the default placer's, in less time.
            "--placer", "static", "--router", "router2",
        ]  # fmt: skip
        steps.run(command, folder, "place.log")
        report = json.loads((folder / "timing.json").read_text())
        used = report["utilization"]
        resources = [
            Resource(name, used[bel]["used"], used[bel]["available"]) for name, bel in _BELS.items()
        ]
        timing = [
            Timing(_NUMBER.sub("", name), clock["achieved"], clock["constraint"])
            for name, clock in report["fmax"].items()
        ]
        return resources, timing

    def pack(self, steps: Steps, folder: Path) -> None:
        """top.config to top.bit."""
        command = [self.ecppack.path, "--compress", "--input", "top.config", "--bit", "top.bit"]
        steps.run(command, folder, "pack.log")

    def _check(self, needed: dict[str, int]) -> None:
        capacity = CAPACITY[self.device]
        excess = [
            f"{count} {name} of {capacity[name]}"
            for name, count in needed.items()
            if count > capacity[name]
        ]
        if excess:
            raise CapacityError(
                f"The engine needs {' and '.join(excess)} that the device has; "
                f"choose a smaller --preset or a larger --variant."
            )
