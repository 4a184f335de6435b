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
from lls_hw.bitstream.constraints import oscillator, preferences
from lls_hw.bitstream.design import describe
from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.folder import publish
from lls_hw.bitstream.pll import FrequencyError, pll_dividers
from lls_hw.bitstream.report import check_timing, table
from lls_hw.bitstream.steps import Steps
from lls_hw.config import PRESETS, preset
from lls_hw.errors import LlsError
from lls_hw.gateware.ecp5_clock import Ecp5Clock
from lls_hw.gateware.link.uart import rate
from lls_hw.gateware.system import System
from lls_hw.gateware.top import SerialTop
from lls_hw.gateware.verilog import write_verilog
from lls_hw.link import BAUD

__all__ = ["main"]

PRODUCTS = ("report.json", "top.bit", "design.json", "top.v")
"""What a build leaves; the first stands for a complete bitstream."""


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
        self.source = oscillator(self.board, self.platform)
        wanted = variant.frequency if args.frequency is None else args.frequency
        self.dividers = pll_dividers(self.source, wanted)
        _check_baud(wanted)
        self.name = f"{self.board.name}-{self.variant_name}-{self.preset}"
        self.out: Path = args.out or Path("build") / self.name
        self.steps = Steps(console)

    def run(self) -> None:
        """All steps; the results appear in the output folder when the last one has ended."""
        if self.args.verilog_only:
            with publish(self.out, PRODUCTS) as work:
                self._verilog(work, [])
            return
        flow = Ecp5.of(self.platform)
        flow.expect(self.config)
        with publish(self.out, PRODUCTS) as work:
            self._verilog(work, flow.tools)
            (work / "top.lpf").write_text(preferences(self.board, self.platform))
            (work / "top.il").write_text(rtlil.convert(self._top(), name="top", emit_src=False))
            self._bitstream(work, flow)
            for file in work.iterdir():
                if file.name not in PRODUCTS and file.suffix != ".log":
                    file.unlink()

    def _command(self) -> str:
        """The command line that makes this bitstream again, no default left out."""
        return (
            f"python -m lls_hw.build --board {self.board.name} --variant {self.variant_name} "
            f"--preset {self.preset} --frequency {self.dividers.frequency(self.source):g} "
            f"--seed {self.args.seed}"
        )

    def _top(self) -> SerialTop:
        clock = Ecp5Clock(self.source, self.dividers)
        return SerialTop(System(self.config), clock, 1e6 * self.dividers.frequency(self.source))

    def _verilog(self, work: Path, tools: list[Any]) -> None:
        board = {
            "name": self.board.name,
            "variant": self.variant_name,
            "device": self.platform.device,
            "clock_mhz": self.dividers.frequency(self.source),
        }
        with self.steps.step("Verilog"):
            (work / "top.v").write_text(write_verilog(self._top(), "top"))
        design = describe(self.config, self.preset, board, tools)
        (work / "design.json").write_text(json.dumps(design, indent=2) + "\n")

    def _bitstream(self, work: Path, flow: Ecp5) -> None:
        steps = self.steps
        with steps.step("Synthesis"):
            flow.synthesise(steps, work)
        with steps.step("Place and route"):
            resources, timing = flow.place(steps, work, self.args.seed)
        steps.console.print(table(self.name, resources, timing))
        check_timing(timing)
        with steps.step("Bitstream"):
            flow.pack(steps, work)
        report = {
            "command": self._command(),
            "resources": {item.name: asdict(item) for item in resources},
            "clocks": {clock.clock: asdict(clock) for clock in timing},
            "seconds": steps.seconds,
            "total_seconds": round(sum(steps.seconds.values()), 1),
        }
        (work / "report.json").write_text(json.dumps(report, indent=2) + "\n")


def _check_baud(frequency: float) -> None:
    """FrequencyError when the clock is too slow for the serial line."""
    try:
        rate(BAUD, 1e6 * frequency)
    except ValueError as error:
        raise FrequencyError(str(error)) from error


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    args = _parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        build = Build(args, console)
        build.run()
    except LlsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing was written.", file=sys.stderr)
        return 130
    print(build.out / ("top.v" if args.verilog_only else "top.bit"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
