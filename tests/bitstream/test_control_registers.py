"""The registers that synthesis must not merge are the ones that it is told."""

import subprocess

from lls_hw.bitstream.flow import CONTROL_REGISTERS
from lls_hw.gateware.array import SystolicArray
from lls_hw.gateware.verilog import elaborate
from lls_hw.toolchain import find_tool

ROWS, COLS = 2, 4


def test_two_for_each_processing_element(tmp_path):
    (tmp_path / "top.il").write_text(elaborate(SystolicArray(ROWS, COLS), "top"))
    script = f"read_rtlil top.il; select -assert-count {2 * ROWS * COLS} {CONTROL_REGISTERS}"
    subprocess.run([find_tool("yosys").path, "-q", "-p", script], cwd=tmp_path, check=True)
