"""The table of all boards: cells and clock of the default engine, and wall times.

    python bench/boards.py                       # synthesis of every board
    python bench/boards.py --route ulx3s-25f     # place and route as well, of the boards named

The results of every board go to bench/results/boards.json: an interrupted run resumes where it
stopped, and an unchanged design is not built again. `lls-hw boards` shows them from
lls_hw/bitstream/measured.json; `python bench/boards.py --only` only writes that file and the table.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lls_hw.bitstream import measured
from lls_hw.boards import BOARDS
from lls_hw.contract.config import preset
from lls_hw.tools.files import replace_file

RESULTS = Path(__file__).parent / "results"
FILE = RESULTS / "boards.json"
KINDS = ("LUT", "LC", "FF", "DSP", "BRAM", "SPRAM")


def build(arguments: list[str], out: Path) -> tuple[int, str]:
    """Runs the build; returns its exit status and its last line."""
    command = [sys.executable, "-m", "lls_hw.build", *arguments, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stderr.strip().splitlines()
    return done.returncode, lines[-1] if lines else ""


def identity(arguments: list[str], out: Path) -> str:
    """Digest of the design's Verilog, which identifies the results."""
    status, said = build([*arguments, "--verilog-only"], out)
    if status:
        raise SystemExit(said)
    return hashlib.sha256((out / "top.v").read_bytes()).hexdigest()[:16]


def measure(board: str, variant: str, route: bool, known: dict[str, Any] | None) -> dict[str, Any]:
    """Results of a board; the known ones if the design has not changed and nothing is missing."""
    arguments = ["--board", board, "--variant", variant]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        design = identity(arguments, out)
        if known and known["design"] == design and (known["routed"] or not route):
            return known
        status, said = build([*arguments, "--fresh"] + ["--synthesis-only"] * (not route), out)
        settings = BOARDS[board].variants[variant]
        config = preset(settings.preset)
        result = {
            "design": design,
            "routed": False,
            "preset": settings.preset,
            "multipliers": config.macs_per_cycle,
            "frequency": settings.frequency,
            "gmacs": config.macs_per_cycle * settings.frequency / 1e3,
        }
        if status:
            return result | {"error": said}
        report = json.loads((out / "report.json").read_text())
        clocks = report["clocks"]
        engine = min(clocks.values(), key=lambda clock: clock["achieved"], default=None)
        return result | {
            "routed": bool(clocks),
            "command": report["command"],
            "resources": {n: [r["used"], r["available"]] for n, r in report["resources"].items()},
            "fmax": engine and round(engine["achieved"], 1),
            "seconds": report["seconds"],
            "total_seconds": report["total_seconds"],
        }


def stored() -> dict[str, Any]:
    """Results of earlier runs."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    heads = ["board", "preset", "multipliers", "MHz", "Fmax", *KINDS, "GMAC/s", "seconds"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    notes = []
    for name, result in results.items():
        cells = [name, result["preset"], result["multipliers"], f"{result['frequency']:g}"]
        if "error" in result:
            notes.append(f"- {name}: {result['error']}")
            cells += ["does not fit"] + ["–"] * (len(heads) - len(cells) - 1)
        else:
            cells.append(result["fmax"] if result["routed"] else "not routed")
            for kind in KINDS:
                used = result["resources"].get(kind)
                cells.append(f"{used[0]:,} of {used[1]:,}" if used else "–")
            cells += [f"{result['gmacs']:.2f}", f"{result['total_seconds']:.0f}"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    intro = (
        "Made by `python bench/boards.py`; `boards.json` has each command. Cells are counted after "
        "place and route where Fmax is\ngiven, else after synthesis. GMAC/s is the peak: "
        "multipliers times clock. Seconds are those of the whole build,\non a machine with two "
        "cores that did other work as well."
    )
    return "\n".join(["# Boards", "", intro, "", *lines, "", *notes, *[""] * bool(notes)])


def main() -> int:
    """Command line; returns the exit status."""
    names = [f"{board.name}-{variant}" for board in BOARDS.values() for variant in board.variants]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--route", nargs="*", default=[], metavar="BOARD-VARIANT")
    parser.add_argument("--only", nargs="*", default=names, metavar="BOARD-VARIANT")
    args = parser.parse_args()
    for name in (*args.route, *args.only):
        if name not in names:
            parser.error(f"there is no {name!r}; choose from {', '.join(names)}")
    for name in names:
        if name not in args.only and name not in args.route:
            continue
        board, variant = name.rsplit("-", 1)
        print(name, flush=True)
        result = measure(board, variant, name in args.route, stored().get(name))
        # A parallel run may have added boards.
        results = stored() | {name: result}
        results = {key: results[key] for key in names if key in results}
        write(results)
    write(stored())
    return 0


def write(results: dict[str, Any]) -> None:
    """The results, their table, and what the package shows of them."""
    replace_file(FILE, json.dumps(results, indent=1) + "\n")
    replace_file(RESULTS / "boards.md", table(results))
    replace_file(measured.FILE, json.dumps(measured.summary(results), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
