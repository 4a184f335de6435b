"""Yosys, nextpnr and ecppack that take no time, for tests of the build itself.

Each notes its calls; nextpnr's clock depends on the seed: 59, 61, 63 ... MHz for seeds 1, 2, 3 ...
"""

import os
import stat
import sys
from pathlib import Path

from lls_hw.tools.toolchain import find_tool

__all__ = ["calls", "install"]

_TOOL = """#!{python}
import json, os, sys, time
from pathlib import Path
name, arguments = {name!r}, sys.argv[1:]
if arguments == ["--version"]:
    print("Yosys 9.9" if name == "yosys" else "nextpnr-9.9")
    sys.exit()
if arguments[:1] == ["-q"]:
    os.environ["XDG_CACHE_HOME"] = {cache!r}  # where the real one has been compiled
    os.execv({yosys!r}, [{yosys!r}, *arguments])
with open({log!r}, "a") as file:
    file.write(name + " " + " ".join(arguments) + "\\n")
time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
if name == "yosys":
    cells = {{"LUT4": 900, "TRELLIS_FF": 500, "MULT18X18D": 13, "DP16KD": 43}}
    Path("stat.json").write_text(json.dumps({{"design": {{"num_cells_by_type": cells}}}}))
    Path("top.json").write_text('{{"modules": {{"top": {{"cells": {{}}}}}}}}')
elif name == "nextpnr-ecp5":
    seed = int(arguments[arguments.index("--seed") + 1])
    if str(seed) == os.environ.get("FAKE_FAILING_SEED"):
        print("ERROR: no route")
        sys.exit(1)
    used = {{"TRELLIS_COMB": 1000, "TRELLIS_FF": 500, "MULT18X18D": 13, "DP16KD": 43}}
    def cell(place, kind):
        return {{"type": kind, "attributes": {{"NEXTPNR_BEL": place}}}}
    def step(kind, delay, start, end):
        return {{"type": kind, "delay": delay, "from": {{"cell": start}}, "to": {{"cell": end}}}}
    a, b = "system.core.array.x_LUT4_Z", "system.core.local.y_TRELLIS_FF_Q"
    path = [step("clk-to-q", 0.5, a, a), step("routing", 9.0, a, b), step("setup", 0.25, b, b)]
    Path("timing.json").write_text(json.dumps({{
        "utilization": {{k: {{"used": n, "available": 2000}} for k, n in used.items()}},
        "fmax": {{"clk": {{"achieved": 57 + 2 * seed, "constraint": 60}}}},
        "critical_paths": [{{"from": "posedge clk", "to": "posedge clk", "path": path}}],
    }}))
    Path("placed.json").write_text(json.dumps({{"modules": {{"top": {{"cells": {{
        a: cell("X3/Y4/SLICEA.LUT0", "TRELLIS_COMB"), b: cell("X5/Y4/SLICEA.FF0", "TRELLIS_FF"),
        "system.core.array.pe_0.m": cell("X9/Y8/MULT18_0", "MULT18X18D"),
    }}}}}}}}))
    Path("top.config").write_text(f"seed {{seed}}")
else:
    Path("top.bit").write_text(Path("top.config").read_text())
"""


def install(folder: Path, monkeypatch) -> None:
    """Puts the tools into the folder and points the build to them, and to a cache there."""
    yosys = find_tool("yosys").path
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for variable, name in (
        ("YOSYS", "yosys"), ("NEXTPNR_ECP5", "nextpnr-ecp5"), ("ECPPACK", "ecppack")
    ):  # fmt: skip
        file = folder / name
        log = str(folder / "calls")
        values = {"python": sys.executable, "name": name, "yosys": yosys, "log": log}
        file.write_text(_TOOL.format(**values, cache=cache))
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv(variable, str(file))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    os.makedirs(folder / "cache", exist_ok=True)


def calls(folder: Path) -> list[str]:
    """Names of the tools that have been called since the last question, in order."""
    log = folder / "calls"
    names = [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []
    log.unlink(missing_ok=True)
    return names
