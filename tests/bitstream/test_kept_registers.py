"""The registers that synthesis must not merge are the ones that it is told."""

import subprocess

import pytest

from lls_hw.bitstream.flow import KEPT_REGISTERS
from lls_hw.gateware.array.systolic import SystolicArray
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
