"""Resources of engines of many sizes: `python bench/resources.py [--family F] [NAME ...]`.

Synthesises each engine (no place and route; about two minutes each), packs it on the ECP5, and
writes `bench/results/resources-FAMILY.json`, which `lls_hw.bitstream.estimate` is fitted to by
`python bench/estimate.py`. Named engines are measured again; the others only if they are missing.
"""

import argparse
import json
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.estimate import FAMILIES, features
from lls_hw.bitstream.ice40 import Ice40
from lls_hw.bitstream.rtlil import contents
from lls_hw.bitstream.steps import Steps
from lls_hw.contract.config import PRESETS
from lls_hw.contract.line import BAUD
from lls_hw.gateware.clock.ecp5_clock import Ecp5Clock
from lls_hw.gateware.clock.ecp5_pll import pll_dividers
from lls_hw.gateware.clock.ice40_clock import Ice40Clock
from lls_hw.gateware.clock.ice40_pll import ice40_dividers
from lls_hw.gateware.link.uart import Uart
from lls_hw.gateware.system import System
from lls_hw.gateware.top import Top
from lls_hw.gateware.verilog import elaborate
from lls_hw.tools.files import replace_file

RESULTS = Path(__file__).parent / "results"
TINY, SMALL, LARGE = PRESETS["tiny"], PRESETS["small"], PRESETS["large"]
ENGINES = {
    "nano": PRESETS["nano"],
    "tiny": TINY,
    "tiny, no maps": replace(TINY, maps=False),
    "small": SMALL,
    "large": LARGE,
    "momentum": PRESETS["momentum"],
    "tiny 2x2": replace(
        TINY,
        rows=2,
        cols=2,
        lanes=2,
        max_classes=16,
        basis_depth=1024,
        max_batch=16,
        max_layers=4,
        program_depth=32,
    ),
    "tiny 4x8": replace(TINY, cols=8),
    "small 8x4": replace(SMALL, cols=4, weight_depth=8192, act_depth=2048, sign_depth=4096),
    "small 16x8": replace(SMALL, rows=16, act_depth=2048, weight_depth=8192),
    "small 4 lanes": replace(SMALL, lanes=4, max_classes=32, basis_depth=4096),
    "tiny 4x16": replace(TINY, cols=16, max_classes=128, max_batch=64),
    "small 8x8, half": replace(
        SMALL,
        weight_depth=7168,
        act_depth=2048,
        acc_depth=256,
        latent_depth=512,
        sign_depth=4096,
        image_depth=1024,
    ),
    "three channels": replace(TINY, rows=8, cols=4, image_channels=3, acc_depth=256),
}
_USED = re.compile(r"\b(TRELLIS_COMB|TRELLIS_FF|MULT18X18D|DP16KD):\s*(\d+)/")
_NAMES = {"TRELLIS_COMB": "LUT", "TRELLIS_FF": "FF", "MULT18X18D": "DSP", "DP16KD": "BRAM"}


def measure(config, steps: Steps) -> dict:
    """Synthesis and packing of one engine for the largest ECP5."""
    dividers = pll_dividers(25, 60)
    top = Top(System(config), Ecp5Clock(25, dividers), Uart(BAUD, 60e6), 60e6, {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flow = Ecp5("85k", "CABGA381", "6")
        netlist = elaborate(top, "top", flow.technology)
        (folder / "top.il").write_text(netlist)
        with steps.step("Synthesis"):
            flow.synthesise(steps, folder)
        command = [flow.nextpnr.path, "--85k", "--package", "CABGA381", "--json", "top.json",
                   "--lpf-allow-unconstrained", "--pack-only"]  # fmt: skip
        with steps.step("Packing"):
            steps.run(command, folder, "pack.log")
        log = (folder / "pack.log").read_text()
        used = {_NAMES[name]: int(count) for name, count in _USED.findall(log)}
    return {
        "configuration": config.as_dict(),
        "used": used,
        "features": features(contents(netlist), FAMILIES["ecp5"], config),
        "tools": {tool.name: tool.version for tool in (flow.yosys, flow.nextpnr)},
    }


def measure_ice40(config, steps: Steps) -> dict:
    """Synthesis of one engine for the iCE40; it need not fit."""
    clock = Ice40Clock(12, ice40_dividers(12, 12))
    top = Top(System(config), clock, Uart(1_000_000, 12e6), 12e6, {})
    flow = Ice40("up5k", "sg48", "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        netlist = elaborate(top, "top", flow.technology)
        (folder / "top.il").write_text(netlist)
        with steps.step("Synthesis"):
            used = flow.netlist(steps, folder)
    return {
        "configuration": config.as_dict(),
        "used": used,
        "features": features(contents(netlist), FAMILIES["ice40"], config),
        "tools": {flow.yosys.name: flow.yosys.version},
    }


MEASURES = {
    "ecp5": (measure, list(ENGINES)),
    "ice40": (measure_ice40, ["nano", "tiny 2x2", "tiny, no maps"]),
}
"""How the engines of a family are measured, and which."""


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=MEASURES, default="ecp5")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(ENGINES)}")
    args = parser.parse_args()
    file = RESULTS / f"resources-{args.family}.json"
    results = json.loads(file.read_text())["engines"] if file.exists() else {}
    steps = Steps(Console(stderr=True))
    function, engines = MEASURES[args.family]
    for name in engines:
        if name in args.names or name not in results:
            print(name, file=sys.stderr)
            results[name] = function(ENGINES[name], steps)
            command = f"python bench/resources.py --family {args.family}"
            page = {"command": command, "engines": results}
            replace_file(file, json.dumps(page, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
