"""The SDRAM controller against the chip's model: `python bench/sdram.py [--accesses N]`.

Every chip at several clocks, each with the phases at both ends of what its window allows: writes
and reads in rising order, bursts of 64 reads and writes in turn, random accesses without and with
stalls. All words are compared and the model watches every command. One chip is written and read as
a whole before it gets N random accesses (default: 10 million). The controller is also synthesised
and routed alone for the ULX3S-85F. The results go to bench/results/sdram.json; it takes about ten
minutes.
"""

import argparse
import json
import sys
import tempfile
from math import ceil, floor
from pathlib import Path

from rich.console import Console

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.steps import Steps
from lls_hw.contract.sdram import CHIPS, SdramChip
from lls_hw.contract.sdram_capture import phase_ranges
from lls_hw.contract.sdram_cycles import SdramCycles, words_per_cycle
from lls_hw.gateware.verilog import elaborate
from lls_hw.simulator.sdram_controller import SdramTop, build_controller, run_controller
from lls_hw.tools.cache import digest
from lls_hw.tools.files import replace_file

FILE = Path(__file__).parent / "results" / "sdram.json"
CLOCKS = (25, 40, 50, 60, 75, 80, 100)
"""MHz."""
LONGEST = SdramCycles(chip=CHIPS["MT48LC16M16A2"], frequency=80, phase=270)
"""The chip and clock with the most random accesses: those of the ULX3S."""
TARGET = 100
"""Clock of the routed controller, MHz."""
SHORT = (
    ("write", 200_000), ("read", 200_000), ("alternate", 200_000), ("random", 100_000),
    ("stalls", 100_000),
)  # fmt: skip
"""What runs at every corner; at LONGEST the whole chip and many more random accesses."""


def phases(chip: SdramChip, frequency: float) -> list[int]:
    """Whole degrees at both ends of each range that the chip allows."""
    ranges = phase_ranges(chip, frequency)
    return [phase for low, high in ranges for phase in (ceil(low), floor(high))]


def measure(cycles: SdramCycles, patterns, folder: Path) -> dict[str, object]:
    """Words a cycle, predicted and measured, and words compared; one build for equal netlists."""
    netlist = elaborate(SdramTop(cycles), "controller")
    place = folder / digest(netlist)
    program = place / "obj" / "controller"
    if not program.exists():
        program = build_controller(netlist, place)
    found = run_controller(program, cycles, patterns)
    return {
        "capture": cycles.capture,
        "words_per_cycle": {n: round(f["accesses"] / f["cycles"], 4) for n, f in found.items()},
        "predicted": {
            name: round(float(words_per_cycle(cycles, write=name == "write")), 4)
            for name in ("write", "read")
        },
        "random_accesses": found["random"]["accesses"] + found["stalls"]["accesses"],
        "compared": sum(f["compared"] for f in found.values()),
    }


def resources() -> dict[str, object]:
    """Cells and clock of the controller alone, out of context, on an LFE5U-85F of grade 6."""
    cycles = SdramCycles(chip=LONGEST.chip, frequency=TARGET, phase=270)
    flow, steps = Ecp5("85k", "CABGA381", "6"), Steps(Console(stderr=True))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "top.il").write_text(elaborate(SdramTop(cycles), "top"))
        with steps.step("Synthesis"):
            used = flow.netlist(steps, folder)
        command = [
            flow.nextpnr.path, f"--{flow.device}", "--package", flow.package, "--speed", flow.speed,
            "--json", "top.json", "--report", "timing.json", "--freq", str(TARGET),
            "--out-of-context", "--lpf-allow-unconstrained", "--timing-allow-fail", "--seed", "1",
            "--placer", "static", "--router", "router2",
        ]  # fmt: skip
        with steps.step("Place and route"):
            steps.run(command, folder, "place.log")
        (clock,) = json.loads((folder / "timing.json").read_text())["fmax"].values()
    return {
        "used": {kind: count for kind, count in used.items() if count},
        "mhz": round(clock["achieved"], 1),
        "target_mhz": TARGET,
        "tools": {tool.name: tool.version for tool in (flow.yosys, flow.nextpnr)},
    }


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accesses", type=int, default=10_000_000, help="default: 10 million")
    args = parser.parse_args()
    if args.accesses < 1:
        parser.error(f"--accesses is {args.accesses}; it must be at least 1")
    longest = [("write", 0), ("read", 0), ("alternate", 1_000_000), ("random", args.accesses),
               ("stalls", args.accesses // 10)]  # fmt: skip
    page: dict[str, object] = {"command": f"python bench/sdram.py --accesses {args.accesses}"}
    page["controller"] = resources()
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page["longest"] = {
            "chip": LONGEST.chip.name, "mhz": LONGEST.frequency, "phase": LONGEST.phase,
            **measure(LONGEST, longest, folder),
        }  # fmt: skip
        for chip in CHIPS.values():
            for clock in CLOCKS:
                for phase in phases(chip, clock):
                    cycles = SdramCycles(chip=chip, frequency=clock, phase=phase)
                    corner = f"{chip.name}, {clock} MHz, {phase} degrees"
                    found[corner] = result = measure(cycles, SHORT, folder)
                    print(corner, result["words_per_cycle"], file=sys.stderr)
    rates = [corner["words_per_cycle"] for corner in found.values()]
    page["corners"] = len(found)
    page["least_words_per_cycle"] = {name: min(rate[name] for rate in rates) for name in rates[0]}
    page["compared"] = sum(c["compared"] for c in (page["longest"], *found.values()))
    page["runs"] = found
    replace_file(FILE, json.dumps(page, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
