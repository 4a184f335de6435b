"""What every family of devices brings to a build."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

from lls_hw.bitstream.report import CapacityError, Resource, Timing
from lls_hw.bitstream.steps import Steps
from lls_hw.boards.board import Board
from lls_hw.contract.config import Config
from lls_hw.tools.toolchain import Tool, find_tool

__all__ = ["KEPT_REGISTERS", "Dividers", "Flow"]

KEPT_REGISTERS = "*.pe_*/w:control_o *.pe_*/w:late w:own_* %u %u %ci1:+[Q] t:$dff %i"
"""Equal registers that would drive cells all over the chip, if Yosys made them one as it does: the
array's control, which is the same on a diagonal, and all that gateware names `own_`. A selection of
Yosys."""


class Dividers(Protocol):
    """How a PLL makes one clock of another."""

    def frequency(self, source: float) -> float:
        """Clock in the unit of `source`, the oscillator's frequency."""
        ...


@dataclass(frozen=True)
class Flow(ABC):
    """The device, and the tools that build for it; they are looked for when they are needed."""

    device: str
    """Size as the tools name it."""
    package: str
    speed: str

    PRODUCTS: ClassVar[Sequence[str]]
    """Files that `pack` or, where no router is at hand, `prepare` leaves beside the reports."""
    SYNTHESIS: ClassVar[str]
    """Commands of Yosys that make the netlist top.json."""
    CELLS: ClassVar[Mapping[str, Mapping[str, int]]]
    """Kinds of cells, and how many of its kind each cell of a netlist takes."""
    CAPACITY: ClassVar[Mapping[str, Mapping[str, int]]]
    """Cells of each kind, by device."""
    BLOCK_BITS: ClassVar[int]
    """Bits of one block RAM."""
    BELS: ClassVar[Mapping[str, str]] = {}
    """The placer's name of each kind of cell, if `place` leaves placed.json and timing.json."""
    CLOCK_EXTRAS: ClassVar[str] = ""
    """What the tools add to the name of a clock: a regular expression."""
    technology: ClassVar[Any] = None
    """What the gateware is elaborated with: cells of the device that synthesis does not infer."""

    @classmethod
    @abstractmethod
    def of(cls, platform: Any) -> "Flow":
        """For the device of an amaranth-boards platform."""

    @property
    @abstractmethod
    def tools(self) -> list[Tool]:
        """All that a build uses; ToolMissing says what to install."""

    @property
    def routes(self) -> bool:
        """The tools can place and route; otherwise a build ends with synthesis."""
        return True

    @abstractmethod
    def dividers(self, source: float, wanted: float) -> Dividers:
        """How `wanted` MHz are made from `source` MHz; FrequencyError names the nearest."""

    @abstractmethod
    def clock(self, source: float, dividers: Any) -> Any:
        """The component that makes the clock: `clock` in, `o` out."""

    @abstractmethod
    def prepare(self, board: Board, platform: Any, clock: float, folder: Path) -> None:
        """Write constraints and whatever else the tools read; `clock` is the engine's, in MHz."""

    @cached_property
    def yosys(self) -> Tool:
        """Synthesis."""
        return find_tool("yosys")

    def netlist(self, steps: Steps, folder: Path) -> dict[str, int]:
        """top.il to top.json and stat.json; cells needed of each kind."""
        script = (
            "read_rtlil top.il; "
            # Nobody uses what a read of `Ram` returns that meets a write; the link has its own.
            "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:CLK_ENABLE=1 %i *.link.*/* %d; "
            f"setattr -set keep 1 {KEPT_REGISTERS}; "
            f"{self.SYNTHESIS}; tee -q -o stat.json stat -json"
        )
        steps.run([self.yosys.path, "-p", script], folder, "synthesis.log")
        return self.cells(folder)

    def cells(self, folder: Path) -> dict[str, int]:
        """Cells of each kind in the netlist of stat.json."""
        found = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
        return {
            name: sum(weight * found.get(cell, 0) for cell, weight in kind.items())
            for name, kind in self.CELLS.items()
        }

    def synthesise(self, steps: Steps, folder: Path) -> list[Resource]:
        """top.il to top.json; what it uses. CapacityError when that exceeds the device."""
        return self.check(self.netlist(steps, folder))

    @abstractmethod
    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        """Place and route top.json; what it uses and how fast it is."""

    @abstractmethod
    def pack(self, steps: Steps, folder: Path) -> None:
        """Write the bitstream, the first of PRODUCTS."""

    def placed(self, folder: Path) -> tuple[list[Resource], list[Timing]]:
        """What timing.json, nextpnr's report, says that the design uses and how fast it is."""
        report = json.loads((folder / "timing.json").read_text())
        used = report["utilization"]
        resources = [
            Resource(name, used[bel]["used"], used[bel]["available"])
            for name, bel in self.BELS.items()
        ]
        timing = [
            Timing(re.sub(self.CLOCK_EXTRAS, "", name), clock["achieved"], clock["constraint"])
            for name, clock in report["fmax"].items()
        ]
        return resources, timing

    @property
    def speed_class(self) -> str:
        """Devices of one class are equally fast."""
        return self.speed

    @property
    def bitstream(self) -> str:
        """The product that a board is loaded with."""
        return next(name for name in self.PRODUCTS if name.endswith((".bit", ".bin")))

    @property
    def capacity(self) -> Mapping[str, int]:
        """Cells of each kind on the device."""
        return self.CAPACITY[self.device]

    def expect(self, config: Config) -> None:
        """CapacityError when the array or the weights alone exceed the device."""
        bits = config.cols * config.weight_depth * config.weight_bits
        self.check({"DSP": config.macs_per_cycle, "BRAM": -(-bits // self.BLOCK_BITS)})

    def check(self, needed: Mapping[str, int]) -> list[Resource]:
        """Cells needed and available; CapacityError when the device has too few of a kind."""
        capacity = self.capacity
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
        return [Resource(name, count, capacity[name]) for name, count in needed.items()]
