"""The registers that synthesis must not merge are the ones that it is told."""

import json
import subprocess

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.flow import KEPT_REGISTERS
from lls_hw.bitstream.pad_registers import pad_registers
from lls_hw.contract.sdram import find_chip
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.array.systolic import SystolicArray
from lls_hw.gateware.external.controller import SdramController
from lls_hw.gateware.external.ecp5_pads import Ecp5Pads
from lls_hw.gateware.external.ports import NativePort
from lls_hw.gateware.memory.banked_ram import BANK_WORDS, BankedRam
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.toolchain import find_tool

ROWS, COLS = 2, 4


@pytest.mark.parametrize(
    "component, count",
    [
        (SystolicArray(ROWS, COLS), 2 * ROWS * COLS),
        (BankedRam(8, 2 * BANK_WORDS, wide=True), 2 * 4),
        (BankedRam(8, 2 * BANK_WORDS), 0),
    ],
    ids=["control of each element", "inputs of each bank", "none"],
)
def test_selection(component, count, tmp_path):
    (tmp_path / "top.il").write_text(elaborate(component, "top"))
    script = f"read_rtlil top.il; select -assert-count {count} {KEPT_REGISTERS}"
    subprocess.run([find_tool("yosys").path, "-q", "-p", script], cwd=tmp_path, check=True)


class Padded(wiring.Component):
    """A controller and its data pads."""

    def __init__(self, cycles):
        self._cycles = cycles
        self._pads = Ecp5Pads(cycles.chip.width, "sdram_dq")
        self.io_ports = {self._pads.port.name: self._pads.port}
        port = NativePort(cycles.chip).members
        super().__init__(
            {
                "command": In(port["command"].signature),
                "write_data": In(port["write_data"].signature),
                "read": Out(cycles.chip.width),
                "a": Out(cycles.chip.row_bits),
                **dict.fromkeys(("read_valid", "ras_n", "cas_n", "we_n"), Out(1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.controller = controller = SdramController(self._cycles)
        m.submodules.pads = pads = self._pads
        port, pins = controller.port, controller.pins
        connect(m, flipped(self.command), port.command)
        connect(m, flipped(self.write_data), port.write_data)
        m.d.comb += [self.read.eq(port.read_data.payload), self.read_valid.eq(port.read_data.valid)]
        m.d.comb += [pads.o.eq(pins.dq_o), pads.oe.eq(pins.dq_oe), pins.dq_i.eq(pads.i)]
        for name in ("a", "ras_n", "cas_n", "we_n"):
            m.d.comb += getattr(self, name).eq(getattr(pins, name))
        return m


def test_every_data_pin_has_registers_of_its_own(tmp_path):
    """One drives it, one enables it, one samples it: they fit into the pad."""
    cycles = SdramCycles(chip=find_chip("EM638325"), frequency=60, phase=90)
    (tmp_path / "top.il").write_text(elaborate(Padded(cycles), "top"))
    script = f"read_rtlil top.il; setattr -set keep 1 {KEPT_REGISTERS}; {Ecp5.SYNTHESIS}"
    subprocess.run([find_tool("yosys").path, "-q", "-p", script], cwd=tmp_path, check=True)
    cells = json.loads((tmp_path / "top.json").read_text())["modules"]["top"]["cells"]
    assert len(pad_registers(cells)) == 3 * cycles.chip.width
