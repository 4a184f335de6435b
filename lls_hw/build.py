"""``python -m lls_hw.build``: makes the bitstream of a board."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from amaranth.back import rtlil
from rich.console import Console

from boards import BOARDS, find_board
from boards.board import Board
from lls_hw.bitstream.design import describe
from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.folder import publish
from lls_hw.bitstream.pins import board_pins, oscillator
from lls_hw.bitstream.pll import FrequencyError
from lls_hw.bitstream.report import Resource, Timing, check_timing, table
from lls_hw.bitstream.steps import Steps
from lls_hw.config import PRESETS, preset
from lls_hw.errors import LlsError
from lls_hw.gateware.link.uart import rate
from lls_hw.gateware.system import System
from lls_hw.gateware.top import SerialTop
from lls_hw.gateware.verilog import write_verilog

__all__ = ["main"]

REPORTS = ("report.json", "design.json", "top.v")
"""What a build leaves beside its flow's products; the first stands for a complete build."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lls_hw.build", description=__doc__)
    add = parser.add_argument
    add("--board", default="ulx3s", help=f"one of {', '.join(BOARDS)} (default: ulx3s)")
    add("--variant", help="the board's device, for example 85f (default: the board's)")
    add("--preset", help=f"one of {', '.join(PRESETS)} (default: the variant's)")
    add("--frequency", type=float, metavar="MHZ", help="engine clock (default: the variant's)")
    add("--seed", type=int, default=1, help="of the placement; another one, another speed")
    add("--verilog-only", action="store_true", help="write top.v and design.json, run no tools")
    add("--out", type=Path, metavar="DIR", help="default: build/BOARD-VARIANT-PRESET")
    return parser


class Build:
    """One build: everything that is decided before the first step."""

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        self.args = args
        self.board: Board = find_board(args.board)
        self.variant_name = (args.variant or self.board.default).lower()
        variant = self.board.variant(self.variant_name)
        self.preset = args.preset or variant.preset
        self.config = preset(self.preset)
        self.platform: Any = self.board.platform(variant)
        self.flow: Flow = flow_of(self.platform)
        self.source = oscillator(self.board, self.platform)
        wanted = variant.frequency if args.frequency is None else args.frequency
        self.dividers = self.flow.dividers(self.source, wanted)
        self.frequency = self.dividers.frequency(self.source)
        _check_baud(self.board.baud, wanted)
        self.name = f"{self.board.name}-{self.variant_name}-{self.preset}"
        self.out: Path = args.out or Path("build") / self.name
        self.steps = Steps(console)

    def run(self) -> Path:
        """All steps; the file to look at, in the output folder once the last step has ended."""
        flow = self.flow
        products = (*REPORTS, *flow.PRODUCTS)
        if self.args.verilog_only:
            with publish(self.out, products) as work:
                self._verilog(work, [])
            return self.out / "top.v"
        flow.expect(self.config)
        tools = flow.tools
        with publish(self.out, products) as work:
            self._verilog(work, tools)
            flow.prepare(self.board, self.platform, self.frequency, work)
            netlist = rtlil.convert(
                self._top(), name="top", platform=flow.technology, emit_src=False
            )
            (work / "top.il").write_text(netlist)
            self._bitstream(work)
            for file in work.iterdir():
                if file.name not in products and file.suffix != ".log":
                    file.unlink()
        return self.out / (flow.PRODUCTS[0] if flow.routes else REPORTS[0])

    def _command(self) -> str:
        """The command line that makes this bitstream again, no default left out."""
        return (
            f"python -m lls_hw.build --board {self.board.name} --variant {self.variant_name} "
            f"--preset {self.preset} --frequency {self.frequency:g} "
            f"--seed {self.args.seed}"
        )

    def _top(self) -> SerialTop:
        clock = self.flow.clock(self.source, self.dividers)
        pins = board_pins(self.board, self.platform)
        leds = {name: pins[name].inverted for name in ("busy", "alive") if name in pins}
        return SerialTop(System(self.config), clock, 1e6 * self.frequency, self.board.baud, leds)

    def _verilog(self, work: Path, tools: list[Any]) -> None:
        board = {
            "name": self.board.name,
            "variant": self.variant_name,
            "device": self.platform.device,
            "clock_mhz": self.frequency,
            "baud": self.board.baud,
        }
        with self.steps.step("Verilog"):
            (work / "top.v").write_text(write_verilog(self._top(), "top", self.flow.technology))
        design = describe(self.config, self.preset, board, tools)
        (work / "design.json").write_text(json.dumps(design, indent=2) + "\n")

    def _bitstream(self, work: Path) -> None:
        flow, steps = self.flow, self.steps
        timing: list[Timing] = []
        with steps.step("Synthesis"):
            resources = flow.synthesise(steps, work)
        if flow.routes:
            with steps.step("Place and route"):
                resources, timing = flow.place(steps, work, self.args.seed)
        steps.console.print(table(self.name, resources, timing))
        check_timing(timing)
        if flow.routes:
            with steps.step("Bitstream"):
                flow.pack(steps, work)
        self._report(work, resources, timing)

    def _report(self, work: Path, resources: list[Resource], timing: list[Timing]) -> None:
        steps = self.steps
        report = {
            "command": self._command(),
            "resources": {item.name: asdict(item) for item in resources},
            "clocks": {clock.clock: asdict(clock) for clock in timing},
            "seconds": steps.seconds,
            "total_seconds": round(sum(steps.seconds.values()), 1),
        }
        (work / "report.json").write_text(json.dumps(report, indent=2) + "\n")


def _check_baud(baud: int, frequency: float) -> None:
    """FrequencyError when the clock is too slow for the serial line."""
    try:
        rate(baud, 1e6 * frequency)
    except ValueError as error:
        raise FrequencyError(str(error)) from error


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    args = _parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        print(Build(args, console).run())
    except LlsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing was written.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
