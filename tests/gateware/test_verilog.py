"""RTLIL is the one that Amaranth writes itself, only quicker; the Verilog means the same."""

import re
import subprocess

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.verilog import elaborate, verilog_of, write_verilog
from lls_hw.tools.toolchain import find_tool


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


def first_words(text, read):
    """What Yosys takes a memory's first content for, as bits."""
    script = f"{read} <<END_OF_TEXT\n{text}\nEND_OF_TEXT\nproc\nmemory_collect\nwrite_rtlil\n"
    yosys = find_tool("yosys").path
    said = subprocess.run([yosys, "-q", "-"], input=script, capture_output=True, text=True)
    (found,) = re.findall(r"parameter \\INIT \d+'([01x]+)", said.stdout)
    return found


@pytest.mark.parametrize(
    ("init", "loops"),
    [
        ((), 1),
        ((0, 0, 0, 9), 1),
        ((1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3), 3),
        (tuple(range(1, 21)), 0),
        ((0, 0, 0, *range(1, 18)), 0),
    ],
)
def test_first_words_of_a_memory(init, loops):
    netlist = elaborate(Ram(7, 20, init=init), "memory")
    verilog = verilog_of(netlist)
    assert verilog.count("for (word") == loops
    words = [*init, *[0] * (20 - len(init))]
    wanted = "".join(f"{word:07b}" for word in reversed(words))
    assert first_words(netlist, "read_rtlil") == wanted
    assert first_words(verilog, "read_verilog") == wanted
