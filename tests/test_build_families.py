"""Flows of the families beside ECP5, with a memory in place of the engine."""

import shutil
import stat

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat
from rich.console import Console

from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.openxc7 import VARIABLES
from lls_hw.bitstream.pins import board_pins, oscillator
from lls_hw.bitstream.steps import Steps
from lls_hw.bitstream.vivado import SOURCES, vivado_project
from lls_hw.boards import find_board
from lls_hw.contract.config import preset
from lls_hw.gateware.array.systolic import SystolicArray
from lls_hw.gateware.link.uart import Uart
from lls_hw.gateware.system import System
from lls_hw.gateware.top import Top
from lls_hw.gateware.verilog import write_verilog
from lls_hw.tools.toolchain import find_tool
from tests.memory_core import MemoryCore

CONFIG = preset("nano")


class Prepared:
    """A build of the memory core, up to its netlist."""

    def __init__(self, name, variant, folder):
        self.board, self.folder = find_board(name), folder
        settings = self.board.variant(variant)
        self.frequency = settings.frequency
        self.platform = self.board.platform(settings)
        self.flow = flow_of(self.platform)
        self.flow.prepare(self.board, self.platform, self.frequency, folder)
        self.steps = Steps(Console(quiet=True))

    def top(self, core=None):
        source = oscillator(self.board, self.platform)
        clock = self.flow.clock(source, self.flow.dividers(source, self.frequency))
        pins = board_pins(self.board, self.platform)
        leds = {name: pins[name].inverted for name in ("busy", "alive") if name in pins}
        system = System(CONFIG, core or MemoryCore())
        hertz = 1e6 * self.frequency
        return Top(system, clock, Uart(self.board.baud, hertz), hertz, leds)

    def synthesise(self, core=None):
        """Resources by name."""
        design = self.top(core)
        text = rtlil.convert(design, name="top", platform=self.flow.technology, emit_src=False)
        (self.folder / "top.il").write_text(text)
        with self.steps.step("Synthesis"):
            found = self.flow.synthesise(self.steps, self.folder)
        return {item.name: item for item in found}


def test_ice40_from_netlist_to_bitstream(tmp_path):
    """PLL, divider, UART, link and a memory in SPRAM reach their clock on the UP5K."""
    build = Prepared("icebreaker", "up5k", tmp_path)
    assert {tool.name for tool in build.flow.tools} == {"yosys", "nextpnr-ice40", "icepack"}
    assert all(tool.version != "unknown" for tool in build.flow.tools)
    assert build.synthesise()["SPRAM"].used == 1
    with build.steps.step("Place and route"):
        resources, timing = build.flow.place(build.steps, tmp_path, seed=1)
        build.flow.pack(build.steps, tmp_path)
    used = {item.name: item.used for item in resources}
    assert used["SPRAM"] == 1 and 0 < used["BRAM"] <= 8 and 500 < used["LC"] < 2500
    assert {item.name: item.available for item in resources} == build.flow.capacity
    slowest = {round(clock.wanted): clock.achieved for clock in timing}
    assert slowest[12] >= 12 and slowest[24] >= 24
    bitstream = (tmp_path / "top.bin").read_bytes()
    assert bytes.fromhex("7eaa997e") in bitstream[:64] and len(bitstream) > 100_000


class ArrayCore(MemoryCore):
    """A systolic array beside the memory; its sums show at `busy`."""

    ROWS, COLS = 4, 2

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.submodules.array = array = SystolicArray(self.ROWS, self.COLS)
        word = self.write_i.payload.data
        m.d.sync += [array.x_i.eq(word), array.v_i.eq(word), array.control_i.eq(word >> 8)]
        m.d.comb += self.busy.eq(Cat(array.south_o, array.north_o).xor())
        return m


def test_xilinx_without_router(tmp_path, monkeypatch):
    """Synthesis with one DSP48 a multiplier, and projects for tools that are not there."""
    monkeypatch.delenv(VARIABLES[0], raising=False)
    build = Prepared("arty-a7", "35t", tmp_path)
    assert not build.flow.routes
    resources = build.synthesise(ArrayCore())
    assert resources["DSP"].used == ArrayCore.ROWS * ArrayCore.COLS
    assert resources["BRAM"].used >= 2 and resources["LUT"].used > 300
    assert {name: item.available for name, item in resources.items()} == build.flow.capacity
    script = (tmp_path / "openxc7.sh").read_text()
    assert build.flow.open_part in script and f"--freq {build.frequency:g} " in script


def test_vivado_project(tmp_path):
    """Every file that the script names is there; Tcl and Verilog can be read."""
    build = Prepared("nexys4ddr", "100t", tmp_path)
    (tmp_path / "top.v").write_text(write_verilog(build.top(), "top", build.flow.technology))
    script = (tmp_path / "vivado.tcl").read_text()
    assert script == vivado_project("xc7a100tcsg324-1")
    tcl = pytest.importorskip("tkinter").Tcl()
    calls = []
    for command in (
        "create_project", "add_files", "set_property", "launch_runs", "wait_on_run", "open_run",
        "report_utilization", "report_timing_summary", "current_fileset", "get_timing_paths",
    ):  # fmt: skip
        tcl.createcommand(command, lambda *words, c=command: calls.append((c, *words)) or "")
    tcl.createcommand("get_property", lambda *words: "0.5")
    (tmp_path / "vivado/top.runs/impl_1").mkdir(parents=True)
    (tmp_path / "vivado/top.runs/impl_1/top.bit").write_text("bits")
    tcl.eval(f"source {{{tmp_path / 'vivado.tcl'}}}")
    assert (tmp_path / "top.bit").read_text() == "bits"
    named = [words[-1] for words in calls if words[0] == "add_files"]
    assert named == [str(tmp_path / source) for source in SOURCES]
    assert all((tmp_path / source).exists() for source in SOURCES)
    assert ("launch_runs", "synth_1", "-jobs", "2") in calls
    check = "read_verilog top.v; read_verilog -lib +/xilinx/cells_xtra.v +/xilinx/cells_sim.v; "
    with build.steps.step("Verilog"):
        build.steps.run(
            [find_tool("yosys").path, "-p", check + "hierarchy -check -top top"],
            tmp_path, "check.log",
        )  # fmt: skip


def fake(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_openxc7_runs_where_it_is_installed(tmp_path, monkeypatch):
    """The script calls the tools in order; nextpnr's last word counts."""
    tools, work = tmp_path / "bin", tmp_path / "work"
    tools.mkdir()
    work.mkdir()
    fake(
        tools / "nextpnr-xilinx",
        'echo "$@" >> calls; touch top.fasm; for mhz in 90.00 112.50; do '
        "echo \"Info: Max frequency for clock 'clk': $mhz MHz (PASS at 80.00 MHz)\"; done",
    )
    fake(tools / "fasm2frames", 'echo "$@" >> calls; cp top.fasm top.frames')
    fake(tools / "xc7frames2bit", 'echo "$@" >> calls; echo bits > top.bit')
    (tmp_path / "xc7a35tcsg324-1.bin").touch()
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("CHIPDB", str(tmp_path))
    monkeypatch.setenv("PRJXRAY_DB_DIR", str(tmp_path / "xray"))
    build = Prepared("arty-a7", "35t", work)
    assert build.flow.routes and len(build.flow.tools) == 4
    (work / "top.json").write_text("{}")
    (work / "stat.json").write_text('{"design": {"num_cells_by_type": {"RAMB36E1": 3}}}')
    with build.steps.step("Place and route"):
        resources, timing = build.flow.place(build.steps, work, seed=7)
        build.flow.pack(build.steps, work)
    assert {item.name: item.used for item in resources}["BRAM"] == 6
    assert [(clock.achieved, clock.wanted) for clock in timing] == [(112.5, 80)]
    assert (work / "top.bit").read_text() == "bits\n"
    place, frames, bits = (work / "calls").read_text().splitlines()
    assert "--seed 7" in place and "--freq 80" in place and "xc7a35tcsg324-1.bin" in place
    assert frames.startswith("--part xc7a35tcsg324-1") and "part.yaml" in bits
    shutil.rmtree(tools)
    assert not Prepared("arty-a7", "35t", work).flow.routes
