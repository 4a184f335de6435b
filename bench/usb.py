"""Cells of the USB device alone, with its FIFOs, on an ECP5.

python bench/usb.py
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.contract.usb import product
from lls_hw.gateware.link.usb_bytes import UsbBytes
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.files import replace_file
from lls_hw.tools.toolchain import find_tool

FILE = Path(__file__).parent / "results" / "usb.json"


def cells() -> dict[str, int]:
    """Cells by their names, after synthesis."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "usb.il").write_text(elaborate(UsbBytes(product("board")), "usb"))
        script = "read_rtlil usb.il; synth_ecp5 -top usb; tee -q -o stat.json stat -json"
        command = [find_tool("yosys").path, "-q", "-p", script]
        subprocess.run(command, cwd=folder, check=True)
        return json.loads((Path(folder) / "stat.json").read_text())["design"]["num_cells_by_type"]


def main() -> None:
    """Writes bench/results/usb.json and prints it."""
    found = cells()
    kinds = {
        name: sum(weight * found.get(cell, 0) for cell, weight in kind.items())
        for name, kind in Ecp5.CELLS.items()
    }
    text = json.dumps({"command": "python bench/usb.py", "cells": kinds, "of": found}, indent=2)
    replace_file(FILE, text + "\n")
    print(re.sub(r"\s+", " ", text))


if __name__ == "__main__":
    main()
