"""Interface of a flow: what each family of devices contributes to a build."""

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
from lls_hw.boards.board import UART, Board
from lls_hw.contract.config import Config
from lls_hw.tools.toolchain import Tool, find_tool

__all__ = ["KEPT_REGISTERS", "Dividers", "Flow"]

KEPT_REGISTERS = "*.pe_*/w:control_o *.pe_*/w:late w:own_* %u %u %ci1:+[Q] t:$dff %i"
"""Equal registers that Yosys would merge into one that drives cells all over the chip: the array's
control, which is the same on a diagonal, and all registers that gateware names `own_`. A selection
in Yosys's syntax."""


class Dividers(Protocol):
    """How a PLL makes one clock from another."""

    def frequency(self, source: float) -> float:
        """Frequency of the made clock, in the unit of `source`, the oscillator's frequency."""
        ...


@dataclass(frozen=True)
class Flow(ABC):
    """A device and the tools that build for it. A tool is located at its first use."""

    device: str
    """Device size in the tools' naming."""
    package: str
    speed: str

    PRODUCTS: ClassVar[Sequence[str]]
    """Files that `pack`, or `prepare` where there is no router, writes besides the reports."""
    SYNTHESIS: ClassVar[str]
    """Yosys commands that write the netlist top.json."""
    CELLS: ClassVar[Mapping[str, Mapping[str, int]]]
    """Kinds of resources, and how many of each kind a netlist cell takes."""
    CAPACITY: ClassVar[Mapping[str, Mapping[str, int]]]
    """Cells of each kind, by device."""
    BLOCK_BITS: ClassVar[int]
    """Bits of one block RAM."""
    BELS: ClassVar[Mapping[str, str]] = {}
    """The placer's name of each kind, if `place` writes placed.json and timing.json."""
    CLOCK_EXTRAS: ClassVar[str] = ""
    """Regular expression of what the tools add to the name of a clock."""
    PADS: ClassVar[Any] = None
    """Pads that go both ways, for an SDRAM's data and for USB, from their width and name."""
    REMAINING: ClassVar[tuple[str, ...]] = ()
    """Commands of which each makes the bitstream of a build that ends with synthesis."""
    technology: ClassVar[Any] = None
    """Platform of the elaboration: cells of the device that synthesis does not infer."""

    @classmethod
    @abstractmethod
    def of(cls, platform: Any) -> "Flow":
        """The flow for the device of an amaranth-boards platform."""

    @property
    @abstractmethod
    def tools(self) -> list[Tool]:
        """All tools of a build; ToolMissing names what to install."""

    @property
    def routes(self) -> bool:
        """Whether the tools can place and route; otherwise a build ends with synthesis."""
        return True

    @abstractmethod
    def dividers(self, source: float, wanted: float) -> Dividers:
        """Dividers that make `wanted` MHz from `source` MHz; FrequencyError names the nearest."""

    @abstractmethod
    def clock(self, source: float, dividers: Any, phase: float | None = None) -> Any:
        """The component that makes the clock: input `clock`, output `o`.

        With a phase, in degrees, also an output `delayed`; only families with PADS have it.
        """

    @abstractmethod
    def prepare(
        self,
        board: Board,
        platform: Any,
        clock: float,
        folder: Path,
        memory: bool = False,
        link: str = UART,
    ) -> None:
        """Write constraints and other inputs of the tools; `clock` is the engine's, in MHz.

        With `memory`, the design uses the board's SDRAM. `link` is one of `LINKS`; only families
        with PADS have USB.
        """  # fmt: skip

    def usb_clock(self, source: float) -> Any:
        """The component that makes USB's clocks, see `Usb`; only families with PADS have it."""
        raise NotImplementedError

    @cached_property
    def yosys(self) -> Tool:
        """Synthesis."""
        return find_tool("yosys")

    def netlist(self, steps: Steps, folder: Path) -> dict[str, int]:
        """From top.il to top.json and stat.json; returns the cells needed of each kind."""
        script = (
            "read_rtlil top.il; "
            # No reader of `Ram`, nor of the stores of frames, uses a value read during a write to
            # its address; those of other queues in link and transport do.
            "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:CLK_ENABLE=1 %i "
            "*.link.*/* %d *.transport.*/* %d *.link.*.store/t:$memrd_v2 %u; "
            f"setattr -set keep 1 {KEPT_REGISTERS}; "
            f"{self.SYNTHESIS}; tee -q -o stat.json stat -json"
        )
        steps.run([self.yosys.path, "-p", script], folder, "synthesis.log")
        return self.cells(folder)

    def cells(self, folder: Path) -> dict[str, int]:
        """Cells of each kind in the netlist of stat.json."""
        found = json.loads((folder / "stat.json").read_text("utf-8"))["design"]["num_cells_by_type"]
        return {
            name: sum(weight * found.get(cell, 0) for cell, weight in kind.items())
            for name, kind in self.CELLS.items()
        }

    def synthesise(self, steps: Steps, folder: Path) -> list[Resource]:
        """From top.il to top.json; CapacityError if the netlist exceeds the device."""
        return self.check(self.netlist(steps, folder))

    @abstractmethod
    def place(self, steps: Steps, folder: Path, seed: int) -> tuple[list[Resource], list[Timing]]:
        """Place and route top.json; returns its resources and clocks."""

    @abstractmethod
    def pack(self, steps: Steps, folder: Path) -> None:
        """Write the bitstream, the first of PRODUCTS."""

    def placed(self, folder: Path) -> tuple[list[Resource], list[Timing]]:
        """Resources and clocks from timing.json, nextpnr's report."""
        report = json.loads((folder / "timing.json").read_text("utf-8"))
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
    def family(self) -> str:
        """Name of the family of devices, as `estimate.FAMILIES` has it."""
        return type(self).__name__.lower()

    @property
    def speed_class(self) -> str:
        """Class of devices of the same speed."""
        return self.speed

    @property
    def bitstream(self) -> str:
        """The product that is loaded into a board."""
        return next(name for name in self.PRODUCTS if name.endswith((".bit", ".bin")))

    @property
    def capacity(self) -> Mapping[str, int]:
        """Cells of each kind on the device."""
        if self.device not in self.CAPACITY:
            raise CapacityError(
                f"How many cells the device {self.device} has is not known; devices of its family "
                f"are {', '.join(self.CAPACITY)}."
            )
        return self.CAPACITY[self.device]

    def expect(self, config: Config) -> None:
        """CapacityError if the array or the weights alone exceed the device."""
        bits = config.cols * config.weight_depth * config.weight_bits
        self.check({"DSP": config.macs_per_cycle, "BRAM": -(-bits // self.BLOCK_BITS)})

    def check(self, needed: Mapping[str, int]) -> list[Resource]:
        """Cells needed and available; CapacityError if the device has too few of a kind."""
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
