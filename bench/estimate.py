"""Fits lls_hw/bitstream/estimate.json: `python bench/estimate.py`.

Cells: `lls_hw.bitstream.fitting`, over the engines of
`bench/results/resources-FAMILY.json` (`python bench/resources.py`) and, for families without such
a file, over the boards of `bench/results/boards.json` (`python bench/boards.py`). Clock: from the
slowest to the fastest of all that has been routed on devices of a speed class. The errors of the
fit, and those of each engine when it is left out of the fit, go to `bench/results/estimate.md`.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from statistics import mean

from rich.console import Console

from lls_hw.bitstream import BoardBuild
from lls_hw.bitstream.estimate import FAMILIES, features
from lls_hw.bitstream.fitting import KINDS, Sample, error, fitted
from lls_hw.bitstream.options import parser
from lls_hw.bitstream.rtlil import contents
from lls_hw.tools.files import replace_file

BENCH = Path(__file__).parent
RESULTS = BENCH / "results"
OUTPUT = BENCH.parent / "lls_hw" / "bitstream" / "estimate.json"


def of_engines(family: str) -> list[Sample]:
    """Points of a family's own file."""
    file = RESULTS / f"resources-{family}.json"
    engines = json.loads(file.read_text())["engines"] if file.exists() else {}
    return [Sample(name, engine["features"], engine["used"]) for name, engine in engines.items()]


def explored(file: Path) -> dict[str, list[Sample]]:
    """Points of the explore.json of `lls-hw explore`, by family."""
    points: dict[str, list[Sample]] = {}
    for sample in json.loads(file.read_text())["samples"]:
        found = Sample(sample["engine"], sample["features"], sample["used"])
        points.setdefault(sample["family"], []).append(found)
    return points


def of_boards() -> dict[str, list[Sample]]:
    """Points of the boards whose design is still the one that was measured, by family."""
    file = RESULTS / "boards.json"
    points: dict[str, list[Sample]] = {}
    for name, result in (json.loads(file.read_text()) if file.exists() else {}).items():
        if "resources" not in result:
            continue
        build = build_of(name)
        family = build.flow.family
        netlist, verilog = build.elaborated()
        if hashlib.sha256(verilog.encode()).hexdigest()[:16] != result["design"]:
            print(f"{name} was measured with another design; run bench/boards.py again.")
            continue
        if family == "xilinx" or result["routed"]:
            used = {kind: cells for kind, (cells, _) in result["resources"].items()}
            found = features(contents(netlist), FAMILIES[family], build.config)
            points.setdefault(family, []).append(Sample(name, found, used))
    return points


def routed() -> dict[str, dict[str, dict[str, float]]]:
    """Clocks reached, in MHz, by family, speed class and name."""
    reached: dict[str, float] = {}
    for file in sorted(BENCH.glob("ulx3s_*.json")):
        clocks = json.loads(file.read_text())["clocks"].values()
        name = f"ulx3s-85f, {file.stem.removeprefix('ulx3s_')}"
        reached[name] = min(item["achieved"] for item in clocks)
    file = RESULTS / "boards.json"
    for name, result in (json.loads(file.read_text()) if file.exists() else {}).items():
        if result.get("fmax"):
            reached[f"{name}, {result['preset']}"] = result["fmax"]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, mhz in reached.items():
        flow = build_of(name.split(",")[0]).flow
        classes = found.setdefault(flow.family, {})
        classes.setdefault(flow.speed_class, {})[name] = mhz
    return found


def span(group: dict[str, float]) -> dict[str, float]:
    """Slowest and fastest of the engines of a speed class, MHz."""
    reached = group.values()
    return {"slowest": round(min(reached), 1), "fastest": round(max(reached), 1)}


def clock_lines(family: str, classes: dict[str, dict[str, float]]) -> list[str]:
    """Table of the errors of the clocks."""
    return [
        f"| {family} | {speed} | {name} | {mhz:.1f} | {mean(span(group).values()) / mhz - 1:+.1%} |"
        for speed, group in classes.items()
        for name, mhz in group.items()
    ]


def build_of(name: str) -> BoardBuild:
    """The default build of a BOARD-VARIANT."""
    board, _, variant = name.rpartition("-")
    return BoardBuild(parser().parse_args(["--board", board, "--variant", variant]), Console())


def lines(family: str, samples: list[Sample], cells: dict[str, dict[str, float]]) -> list[str]:
    """Table of errors."""
    rows = []
    for index, point in enumerate(samples):
        columns = [family, point.name]
        for kind, factors in cells.items():
            others = samples[:index] + samples[index + 1 :]
            alone = fitted(others, kind, tuple(factors)) if others else factors
            columns.append(
                f"{kind} {point.used[kind]:,.0f}: {error(point, kind, factors):+.1%}"
                f" ({error(point, kind, alone):+.1%})"
            )
        for kind in ("DSP", "BRAM"):
            columns.append(
                f"{kind} {point.used[kind]}: {point.features[kind] / point.used[kind] - 1:+.1%}"
            )
        rows.append("| " + " | ".join(columns) + " |")
    return rows


def main() -> int:
    """Entry point; returns the exit status."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--explored", type=Path, action="append", default=[], metavar="F",
        help="engines of an explore.json join the fit, may be repeated",
    )  # fmt: skip
    args = options.parse_args()
    more = [explored(file) for file in args.explored]
    boards, clocks = of_boards(), routed()
    families, rows, clock_rows = {}, [], []
    for family, kinds in KINDS.items():
        points = of_engines(family) or boards.get(family, [])
        points += [sample for found in more for sample in found.get(family, [])]
        if points:
            cells = {kind: fitted(points, kind, keys) for kind, keys in kinds.items()}
            classes = clocks.get(family, {})
            spans = {speed: span(group) for speed, group in classes.items()}
            families[family] = {"cells": cells, "clock": spans}
            rows += lines(family, points, cells)
            clock_rows += clock_lines(family, classes)
    command = " ".join(["python bench/estimate.py", *sys.argv[1:]])
    text = {"command": command, "families": families}
    replace_file(OUTPUT, json.dumps(text, indent=2) + "\n")
    head = (
        f"# Errors of --estimate-only\n\nMade by `{command}`. Measured cells, error "
        "of the estimate, in brackets the error when the engine is left out of the fit.\n\n"
        "| family | engine | | | | |\n|---|---|---|---|---|---|\n"
    )
    clock_head = (
        "\n\nClocks reached, MHz, and the error of the middle of the estimated span.\n\n"
        "| family | speed class | engine | reached | |\n|---|---|---|---|---|\n"
    )
    page = head + "\n".join(rows) + clock_head + "\n".join(clock_rows) + "\n"
    replace_file(RESULTS / "estimate.md", page)
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
