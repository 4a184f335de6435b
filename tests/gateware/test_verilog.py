"""RTLIL is the one that Amaranth writes itself; only quicker."""

from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.verilog import elaborate, write_verilog


class Memories(wiring.Component):
    """Memories with and without a first content, and with parts of a word."""

    address: In(4)
    data: Out(24)

    def elaborate(self, platform):
        m = Module()
        for k, ram in enumerate((Ram(7, 10, init=[3, 127, 0, 1]), Ram(1, 16),
                                 Ram(16, 5, granularity=8, init=[65535]))):  # fmt: skip
            m.submodules[f"ram_{k}"] = ram
            m.d.comb += [
                ram.read.addr.eq(self.address),
                self.data[8 * k :][: len(ram.read.data)].eq(ram.read.data),
            ]
        return m


def test_rtlil_is_amaranths():
    slow = rtlil.convert(Memories(), name="top", emit_src=False)
    assert elaborate(Memories(), "top") == slow
    assert rtlil.convert(Memories(), name="top", emit_src=False) == slow


def test_verilog_has_the_first_content():
    verilog = write_verilog(Memories(), "top")
    assert "module top(" in verilog
    assert "7'h7f" in verilog and "16'hffff" in verilog
