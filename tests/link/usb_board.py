"""A board whose link is USB, for the bus of usb_line.cpp."""

import fcntl
import tempfile
from pathlib import Path

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.usb import product
from lls_hw.gateware.link.usb_bytes import UsbBytes
from lls_hw.gateware.link.usb_ports import UsbWires
from lls_hw.gateware.stream_buffer import StreamBuffer
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate, verilog_of
from lls_hw.tools.cache import cache_folder, digest
from lls_hw.tools.verilate import verilate, version
from tests.link.board import CONFIG
from tests.link.fake_core import FakeCore

__all__ = ["PRODUCT", "Loop", "UsbBoard", "usb_program"]

PRODUCT = product("in a test")
_LINE = Path(__file__).with_name("usb_line.cpp")
_TOP = "usb_board"


class Loop(wiring.Component):
    """In place of a system. `mode` 0: returns every byte; 1: takes all; 2: also sends 0, 1, 2...;
    3: is a system with a memory in place of the engine."""

    rx: In(stream.Signature(8))
    tx: Out(stream.Signature(8))
    mode: In(2)

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = StreamBuffer(8)
        count = Signal(8)
        m.submodules.system = system = System(CONFIG, FakeCore())
        with m.If(self.mode == 0):
            connect(m, flipped(self.rx), buffer.i)
            connect(m, buffer.o, flipped(self.tx))
        with m.Elif(self.mode == 3):
            connect(m, flipped(self.rx), system.rx)
            connect(m, system.tx, flipped(self.tx))
        with m.Else():
            m.d.comb += [self.rx.ready.eq(1), self.tx.payload.eq(count)]
            m.d.comb += self.tx.valid.eq(self.mode == 2)
            with m.If(self.tx.valid & self.tx.ready):
                m.d.sync += count.eq(count + 1)
        return m


class UsbBoard(wiring.Component):
    """USB and a system, something with byte streams; the clocks come from outside. `mode` is for a
    `Loop`."""

    wires: Out(UsbWires())
    usb_clk: In(1)
    usb_io_clk: In(1)
    clk: In(1)
    mode: In(2)

    def __init__(self, system: wiring.Component) -> None:
        self._system = system
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.usb = ClockDomain(reset_less=True)
        m.domains.usb_io = ClockDomain(reset_less=True)
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.bytes = bytes_ = UsbBytes(PRODUCT)
        m.submodules.system = system = self._system
        connect(m, flipped(self.wires), bytes_.wires)
        connect(m, bytes_.rx, system.rx)
        connect(m, system.tx, bytes_.tx)
        if isinstance(system, Loop):
            m.d.comb += system.mode.eq(self.mode)
        m.d.comb += [
            ClockSignal("usb").eq(self.usb_clk),
            ClockSignal("usb_io").eq(self.usb_io_clk),
            ClockSignal().eq(self.clk),
        ]
        return m


def usb_program(system: wiring.Component) -> Path:
    """The program that simulates a board with that system; it is kept as simulated boards are."""
    design = elaborate(UsbBoard(system), _TOP)
    folder = cache_folder()
    program = folder / f"usb-{digest(design, _LINE.read_text(), version())}"
    with (folder / "usb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                verilog = Path(temporary) / f"{_TOP}.v"
                verilog.write_text(verilog_of(design))
                verilate(verilog, _TOP, Path(temporary) / "obj", [_LINE]).replace(program)
    return program
