"""A board whose link is USB, for the bus of usb_line.cpp."""

import fcntl
import tempfile
from dataclasses import replace
from itertools import chain
from pathlib import Path

from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

import lls_hw
from lls_hw.contract.config import preset
from lls_hw.contract.usb import product
from lls_hw.gateware.link.usb_bytes import UsbBytes
from lls_hw.gateware.link.usb_ports import UsbWires
from lls_hw.gateware.stream_buffer import StreamBuffer
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate, verilog_of
from lls_hw.tools.cache import cache_folder, digest
from lls_hw.tools.verilate import verilate, version

__all__ = ["ENGINE_MODE", "PRESET", "PRODUCT", "UsbBoard", "usb_program"]

PRESET = "nano"
"""Of the engine on the board; its link is that of the boards with USB."""
PRODUCT = product("in a test")
_ENGINE = replace(preset(PRESET), link_depth=preset("tiny").link_depth)
_LINE = Path(__file__).with_name("usb_line.cpp")
_TOP = "usb_board"
ENGINE_MODE = 3


class Loop(wiring.Component):
    """A system and what is there in its place. `mode` 0: returns every byte; 1: takes all; 2: also
    sends 0, 1, 2...; 3: the system, which stands still before."""

    rx: In(stream.Signature(8))
    tx: Out(stream.Signature(8))
    mode: In(2)

    def elaborate(self, platform):
        m = Module()
        m.domains.engine = ClockDomain(reset_less=True, local=True)
        m.d.comb += ClockSignal("engine").eq(ClockSignal() & (self.mode == ENGINE_MODE))
        m.submodules.buffer = buffer = StreamBuffer(8)
        m.submodules.system = system = DomainRenamer("engine")(System(_ENGINE))
        count = Signal(8)
        with m.If(self.mode == 0):
            connect(m, flipped(self.rx), buffer.i)
            connect(m, buffer.o, flipped(self.tx))
        with m.Elif(self.mode == ENGINE_MODE):
            connect(m, flipped(self.rx), system.rx)
            connect(m, system.tx, flipped(self.tx))
        with m.Else():
            m.d.comb += [self.rx.ready.eq(1), self.tx.payload.eq(count)]
            m.d.comb += self.tx.valid.eq(self.mode == 2)
            with m.If(self.tx.valid & self.tx.ready):
                m.d.sync += count.eq(count + 1)
        return m


class UsbBoard(wiring.Component):
    """USB and a `Loop`, whose mode it has; the clocks come from outside."""

    wires: Out(UsbWires())
    usb_clk: In(1)
    usb_io_clk: In(1)
    clk: In(1)
    mode: In(2)

    def elaborate(self, platform):
        m = Module()
        m.domains.usb = ClockDomain(reset_less=True)
        m.domains.usb_io = ClockDomain(reset_less=True)
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.bytes = bytes_ = UsbBytes(PRODUCT)
        m.submodules.loop = loop = Loop()
        connect(m, flipped(self.wires), bytes_.wires)
        connect(m, bytes_.rx, loop.rx)
        connect(m, loop.tx, bytes_.tx)
        m.d.comb += [
            loop.mode.eq(self.mode),
            ClockSignal("usb").eq(self.usb_clk),
            ClockSignal("usb_io").eq(self.usb_io_clk),
            ClockSignal().eq(self.clk),
        ]
        return m


def usb_program() -> Path:
    """The program that simulates the board.

    It is kept as simulated boards are, and found by its sources, without elaborating the design.
    """
    folder = cache_folder()
    known = folder / f"usb-{digest(*map(Path.read_text, _sources()), version())}"
    with (folder / "usb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            design = elaborate(UsbBoard(), _TOP)
            program = folder / f"usb-{digest(design, _LINE.read_text(), version())}"
            if not program.exists():
                _compile(design, program)
            known.hardlink_to(program)
    return known


def _sources() -> list[Path]:
    """All that the board is made of."""
    package = Path(lls_hw.__file__).parent
    parts = [sorted((package / part).rglob("*.py")) for part in ("gateware", "contract")]
    return [Path(__file__), _LINE, *chain.from_iterable(parts)]


def _compile(design: str, program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=program.parent) as temporary:
        verilog = Path(temporary) / f"{_TOP}.v"
        verilog.write_text(verilog_of(design))
        verilate(verilog, _TOP, Path(temporary) / "obj", [_LINE]).replace(program)
