"""A netlist of ECP5 cells equals its RTL, and the harness notices when a cell is broken.

`bench/gates.py` does the same with every block and with whole engines.
"""

import re
import shutil
from copy import copy
from dataclasses import replace

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.memory.ram import Ram
from tests.gates.netlist import NoModel, check_models, family
from tests.gates.pair import Difference, Pair

CYCLES = 20_000


class Sum(wiring.Component):
    """Products of a word of a memory and an input, summed: all kinds of cells in a small block.

    `apart` : the memory is not read where it is written.
    """

    write: In(1)
    addr: In(10)
    other: In(10)
    i: In(signed(16))
    clear: In(1)
    o: Out(signed(36))

    def __init__(self, apart: bool = True) -> None:
        self._apart = apart
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(16, 1024)
        factor, product = Signal(signed(16)), Signal(signed(32))
        meets = (self.other == self.addr) if self._apart else 0
        m.d.comb += [
            ram.write.addr.eq(self.addr),
            ram.write.data.eq(self.i),
            ram.write.enable.eq(self.write),
            ram.read.addr.eq(self.other ^ meets),
        ]
        m.d.sync += [factor.eq(self.i), product.eq(ram.read.data.as_signed() * factor)]
        with m.If(self.clear):
            m.d.sync += self.o.eq(0)
        with m.Else():
            m.d.sync += self.o.eq(self.o + product)
        return m


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Pair(Sum(), Sum(), family("ecp5"), tmp_path_factory.mktemp("pair"))


def test_netlist_equals_rtl(pair):
    """All kinds of cells are there, and no block RAM is Yosys' empty box."""
    verilog = (pair.folder / "gates.v").read_text()
    for cell in ("LUT4", "CCU2C", "TRELLIS_FF", "own_DP16KD", "own_MULT18X18D"):
        assert re.search(rf"^  {cell}\b", verilog, re.MULTILINE), cell
    assert not re.search(r"^  DP16KD\b", verilog, re.MULTILINE)
    for seed in range(3):
        assert pair.run(seed, CYCLES) == pair.outputs


def _changed(pair, tmp_path, pattern, replacement):
    """The pair with another netlist: `pattern` is replaced where it is found first."""
    shutil.copytree(pair.folder, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("obj"))
    netlist = tmp_path / "gates.v"
    text, found = re.subn(pattern, replacement, netlist.read_text(), count=1)
    assert found
    netlist.write_text(text)
    changed = copy(pair)
    changed.folder = tmp_path
    changed.compile(family("ecp5"))
    return changed


def test_a_changed_lut_is_found(pair, tmp_path):
    def flipped(bits):
        return f".INIT(16'h{int(bits[1], 16) ^ 0x8001:04x})"

    broken = _changed(pair, tmp_path, r"\.INIT\(16'h([0-9a-f]{4})\)", flipped)
    with pytest.raises(Difference, match="in the RTL"):
        broken.run(0, CYCLES)


def test_a_read_of_a_word_that_is_written_is_found(tmp_path):
    """Nothing keeps this block from it, and the build leaves out the logic that would."""
    with pytest.raises(Difference, match="in the RTL"):
        Pair(Sum(apart=False), Sum(apart=False), family("ecp5"), tmp_path).run(0, CYCLES)


def test_an_empty_box_is_refused(pair):
    """Yosys' block RAM has ports and does nothing."""
    check_models(pair.folder, family("ecp5"))
    with pytest.raises(NoModel, match="DP16KD has no model"):
        check_models(pair.folder, replace(family("ecp5"), own=("MULT18X18D",)))
    with pytest.raises(NoModel, match="MULT18X18D has no model"):
        check_models(pair.folder, replace(family("ecp5"), own=("DP16KD",)))
