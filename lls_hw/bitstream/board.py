"""One build: a board's bitstream, from the first decision to the published folder."""

import argparse
import json
import shlex
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lls_hw.bitstream.design import describe
from lls_hw.bitstream.estimate import FAMILIES, Estimate, estimate, features
from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.folder import publish
from lls_hw.bitstream.forecast import forecast
from lls_hw.bitstream.loader import find_programmer, load
from lls_hw.bitstream.next_step import next_step
from lls_hw.bitstream.options import OptionError
from lls_hw.bitstream.page.report import Facts, write_page
from lls_hw.bitstream.pins import board_pins, memory_widths, oscillator
from lls_hw.bitstream.report import Resource, check_timing, tables
from lls_hw.bitstream.rtlil import contents
from lls_hw.bitstream.steps import Steps
from lls_hw.bitstream.sweep import Placement, sweep
from lls_hw.bitstream.transport import choose_link, line_rate, make_usb
from lls_hw.boards import find_board
from lls_hw.boards.board import UART, USB, Board
from lls_hw.boards.own import is_file
from lls_hw.contract.config import PRESETS
from lls_hw.contract.engine import EngineFile, named_engine
from lls_hw.contract.line import divider
from lls_hw.contract.sdram import chip_with, find_chip
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.clock.frequency import FrequencyError
from lls_hw.gateware.external.memory import SdramMemory
from lls_hw.gateware.link.uart import Uart
from lls_hw.gateware.system import System
from lls_hw.gateware.top import Top
from lls_hw.gateware.verilog import elaborate, verilog_of
from lls_hw.network.file import load_network
from lls_hw.program.compiler import Program, compile_network
from lls_hw.tools.cache import Cache, cache_folder, digest, sources
from lls_hw.tools.toolchain import find_tool

__all__ = ["REPORTS", "BoardBuild"]

REPORTS = ("report.json", "report.html", "design.json", "top.v")
"""Files that a build writes besides its flow's products; the first marks a complete build."""


class BoardBuild:
    """One build. The constructor checks everything that can be checked before the first step.

    `engine` : in place of the one that `args` name.
    """

    def __init__(
        self, args: argparse.Namespace, console: Console, engine: EngineFile | None = None
    ) -> None:
        if args.bus is not None:
            raise OptionError("--bus belongs to the core alone; leave it out, or use --board none.")
        self.args = args
        self.board: Board = find_board(args.board)
        self.variant_name = (args.variant or self.board.default).lower()
        variant = self.board.variant(self.variant_name)
        engine = engine or named_engine(args.engine or variant.preset)
        self.engine, self.config = engine.name, engine.config
        self.platform: Any = self.board.platform(variant)
        self.flow: Flow = flow_of(self.platform)
        self.link = choose_link(self.board, self.flow, args.link)
        self.pins = board_pins(self.board, self.platform, self.link)
        self.source = oscillator(self.board, self.platform)
        wanted = variant.frequency if args.frequency is None else args.frequency
        self.dividers = self.flow.dividers(self.source, wanted)
        self.frequency = self.dividers.frequency(self.source)
        self.baud = line_rate(self.board, self.link, args.baud)
        if self.link == UART:
            divider(self.baud, 1e6 * wanted)
        self.sdram = self._memory()
        self.name = f"{self.board.name}-{self.variant_name}-{self.engine}"
        if self.link != self.board.link:
            self.name += f"-{self.link}"
        self.out: Path = args.out or Path("build") / self.name
        self.programs = [self._compiled(name) for name in args.network]
        self.cache = None if args.fresh else Cache(cache_folder() / "build")
        self.steps = Steps(console, self.cache)

    @property
    def routes(self) -> bool:
        """Whether the build goes on after synthesis."""
        return self.flow.routes and not self.args.synthesis_only

    def run(self) -> Path:
        """Runs all steps; returns the main file, which appears when the last step has ended."""
        flow = self.flow
        products = (*REPORTS, *flow.PRODUCTS)
        if self.args.verilog_only:
            with publish(self.out, products) as work:
                self._elaborate(work)
                self._design(work, [])
                (work / "top.il").unlink()
            return self.out / "top.v"
        flow.expect(self.config)
        tools = flow.tools
        self.steps = Steps(self.steps.console, self.cache, tools)
        loading = self._loading() if self.args.load else []
        with publish(self.out, products) as work:
            self._elaborate(work)
            memory = self.sdram is not None
            flow.prepare(self.board, self.platform, self.frequency, work, memory, self.link)
            self._bitstream(work)
            self._design(work, tools)
            for file in work.iterdir():
                if file.name not in products and file.suffix != ".log":
                    file.unlink()
        if loading:
            load(self.board, loading, self.out, flow.bitstream, self.steps)
        return self.out / (flow.PRODUCTS[0] if self.routes else REPORTS[0])

    def estimate(self) -> Estimate:
        """Cells and clock without synthesis."""
        with self.steps.step("Elaboration"):
            self.steps.do()
            design = contents(elaborate(self._top(), "top", self.flow.technology))
            return estimate(design, self.flow.family, self.flow.speed_class, self.config)

    def forecast(self, estimated: Estimate) -> list[Table]:
        """Cells, clock and training speed to expect, as tables."""
        return forecast(
            self.name, estimated, self.flow.capacity, self.frequency, self.baud, self.programs
        )

    def check(self, estimated: Estimate) -> None:
        """CapacityError if the device is expected to be too small."""
        needed = estimated.resources
        self.flow.check({kind: needed.get(kind, 0) for kind in self.flow.capacity})

    def _compiled(self, name: str) -> Program:
        """A network of --network; FitError if it does not fit the engine."""
        network = load_network(name)
        return compile_network(network, self.config, network.training.batch)

    def _memory(self) -> SdramCycles | None:
        """The board's SDRAM at the engine's clock, if the engine has an external memory."""
        depth = self.config.external_depth
        if not depth:
            return None
        port = self.board.sdram
        if port is None or self.flow.PADS is None:
            raise OptionError(
                f"Engine {self.engine!r} keeps weights in an SDRAM, and the {self.board.title} has "
                "none that the project can use; choose another --preset, or a board with one "
                "(`lls-hw boards`)."
            )
        chip = chip_with(depth, port.chips)
        if chip is None:
            sizes = ", ".join(str(find_chip(name).words) for name in port.chips)
            raise OptionError(
                f"Engine {self.engine!r} expects an SDRAM of {depth} words; the chips of the "
                f"{self.board.title} have {sizes}: set external_depth to that in an engine's "
                "file (--engine), or choose another --preset."
            )
        return SdramCycles(chip=chip, frequency=self.frequency, phase=port.phase)

    def _loading(self) -> list[str]:
        """The command of --load, found before anything takes time."""
        if not self.routes:
            raise OptionError(
                f"--load needs a bitstream, but this build of the {self.board.title} ends after "
                f"synthesis; leave --load out."
            )
        return find_programmer(self.board, self.variant_name, self.flow.bitstream)

    def command(self, seed: int) -> str:
        """The command line that makes this bitstream again, with all defaults written out."""
        networks = "".join(f" --network {shlex.quote(name)}" for name in self.args.network)
        link = f" --link {self.link}" if self.board.usb_socket else ""
        if self.link == UART and self.baud != self.board.baud:
            link += f" --baud {self.baud}"
        return (
            f"python -m lls_hw.build --board {self._board} --variant {self.variant_name} "
            f"{self._named} --frequency {self.frequency:g} "
            f"--seed {seed}{link}{networks}{' --synthesis-only' * self.args.synthesis_only}"
        )

    @property
    def _board(self) -> str:
        """The board as the command line has it."""
        own = is_file(self.args.board)
        return shlex.quote(self.args.board) if own else self.board.name

    @property
    def _named(self) -> str:
        """The option that names the engine."""
        name = self.args.engine or self.engine
        return f"--{'preset' if name in PRESETS else 'engine'} {shlex.quote(name)}"

    def _top(self) -> Top:
        hertz = 1e6 * self.frequency
        phase = self.board.sdram.phase if self.board.sdram and self.sdram else None
        clock = self.flow.clock(self.source, self.dividers, phase)
        if self.link == USB:
            transport = make_usb(self.board, self.flow, self.source)
        else:
            transport = Uart(self.baud, hertz)
        leds = {name: self.pins[name].inverted for name in ("busy", "alive") if name in self.pins}
        if self.sdram is None:
            return Top(System(self.config), clock, transport, hertz, leds)
        system = System(self.config, memory=SdramMemory(self.sdram))
        pads = self.flow.PADS(self.sdram.chip.width, "sdram_dq")
        widths = memory_widths(self.board, self.platform)
        return Top(system, clock, transport, hertz, leds, pads, widths)

    def _elaborate(self, work: Path) -> None:
        """Writes top.il and top.v, from the cache if sources and settings are unchanged."""
        with self.steps.step("Verilog"):
            yosys = find_tool("yosys")
            key = digest(
                sources("lls_hw"), yosys.version, yosys.state, self.name,
                f"{self.config.digest} {self.frequency} {self.baud} {self.platform.device}",
                self.board.definition, repr(self.board), self.link,
            )  # fmt: skip
            if self.steps.fetch(key, work):
                return
            self.steps.do()
            start = time.monotonic()
            files = [work / "top.il", work / "top.v"]
            for file, text in zip(files, self.elaborated(), strict=True):
                file.write_text(text, "utf-8")
            if self.cache:
                self.cache.store(key, files, time.monotonic() - start)

    def elaborated(self) -> tuple[str, str]:
        """The design as RTLIL and as Verilog."""
        netlist = elaborate(self._top(), "top", self.flow.technology)
        return netlist, verilog_of(netlist)

    def _design(self, work: Path, tools: list[Any]) -> None:
        board = {
            "name": self.board.name,
            "variant": self.variant_name,
            "device": self.platform.device,
            "clock_mhz": self.frequency,
            "link": self.link,
            **({"baud": self.baud} if self.link == UART else {}),
        }
        design = describe(self.config, self.engine, board, tools)
        (work / "design.json").write_text(json.dumps(design, indent=2) + "\n", "utf-8")

    def _bitstream(self, work: Path) -> None:
        flow, steps, args = self.flow, self.steps, self.args
        placements: list[Placement] = []
        with steps.step("Synthesis"):
            resources = flow.synthesise(steps, work)
        if self.routes:
            with steps.step("Place and route"):
                seeds = range(args.seed, args.seed + args.seeds)
                placements = sweep(flow, steps, work, seeds)
                resources = placements[0].resources
        timing = placements[0].timing if placements else []
        steps.console.print(*tables(self.name, resources, timing))
        check_timing(timing, self.frequency, self._below)
        if self.routes:
            with steps.step("Bitstream"):
                flow.pack(steps, work)
        self._report(work, resources, placements)

    def _below(self, frequency: float) -> float | None:
        """The highest clock that the PLL can make up to `frequency`, MHz."""
        try:
            return self.flow.dividers(self.source, frequency).frequency(self.source)
        except FrequencyError as error:
            return error.below

    def _report(self, work: Path, resources: list[Resource], placements: list[Placement]) -> None:
        steps = self.steps
        best = placements[0] if placements else None
        design = contents((work / "top.il").read_text("utf-8"))
        report = {
            "command": self.command(best.seed if best else self.args.seed),
            "resources": {item.name: asdict(item) for item in resources},
            "clocks": {clock.clock: asdict(clock) for clock in best.timing} if best else {},
            "seeds": {place.seed: round(place.margin, 4) for place in placements},
            "features": features(design, FAMILIES[self.flow.family], self.config),
            "seconds": steps.seconds,
            "kept": steps.kept,
            "total_seconds": round(sum(steps.seconds.values()), 1),
        }
        (work / "report.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        facts = Facts(
            title=f"{self.board.title} {self.variant_name}, {self.engine}",
            device=self.platform.device,
            config=self.config,
            frequency=self.frequency,
            baud=self.baud,
            command=str(report["command"]),
            resources=resources,
            timing=best.timing if best else (),
            programs=self.programs,
            bels=self.flow.BELS,
            seconds=steps.seconds,
            kept=steps.kept,
            seeds={place.seed: place.margin for place in placements},
            tools={tool.name: tool.version for tool in self.flow.tools},
            following=next_step(self.flow, self.routes, str(report["command"]), self.baud),
        )
        write_page(facts, work)
