"""Place and route of Xilinx 7-series devices with nextpnr-xilinx and Project X-Ray."""

import os
import shutil
from pathlib import Path

from lls_hw.tools.toolchain import Tool

__all__ = ["VARIABLES", "openxc7_script", "openxc7_tools"]

VARIABLES = ("CHIPDB", "PRJXRAY_DB_DIR")
"""Environment variables: folder of nextpnr-xilinx's chip databases (PART.bin); X-Ray's database."""
_TOOLS = ("nextpnr-xilinx", "fasm2frames", "xc7frames2bit")


def openxc7_tools(part: str) -> list[Tool]:
    """The tools; empty unless all of them and the databases of `part` are present."""
    if not all(variable in os.environ for variable in VARIABLES):
        return []
    if not (Path(os.environ["CHIPDB"]) / f"{part}.bin").exists():
        return []
    found = {name: shutil.which(name) for name in _TOOLS}
    # The script finds them on PATH, and most of them report no version.
    tools = [Tool(name, path, "unknown") for name, path in found.items() if path is not None]
    return tools if len(tools) == len(found) else []


def openxc7_script(part: str, clock: float) -> str:
    """openxc7.sh, from top.json and top.xdc to top.bit; ``openxc7.sh place`` stops after routing.

    `clock` is the engine's, in MHz: nextpnr-xilinx does not propagate clocks through a PLL.
    """
    return f"""\
#!/bin/sh
# Needs nextpnr-xilinx, fasm2frames and xc7frames2bit on PATH, the folder of chip databases in
# CHIPDB and that of Project X-Ray in PRJXRAY_DB_DIR.  usage: openxc7.sh [place [SEED] | pack]
set -eu
cd "$(dirname "$0")"
: "${{CHIPDB:?set CHIPDB to the folder that holds {part}.bin}}"
: "${{PRJXRAY_DB_DIR:?set PRJXRAY_DB_DIR to the database of Project X-Ray}}"
family="$PRJXRAY_DB_DIR/artix7"
if [ "${{1:-all}}" != pack ]; then
    nextpnr-xilinx --chipdb "$CHIPDB/{part}.bin" --xdc top.xdc --json top.json --fasm top.fasm \\
        --freq {clock:g} --seed "${{2:-1}}" --timing-allow-fail
fi
if [ "${{1:-all}}" != place ]; then
    fasm2frames --part {part} --db-root "$family" top.fasm top.frames
    xc7frames2bit --part_file "$family/{part}/part.yaml" --part_name {part} \\
        --frm_file top.frames --output_file top.bit
fi
"""
