"""Synthesised netlists, simulated cell by cell: `python bench/gates.py [PART ...]`.

    python bench/gates.py --list                # the parts, and which are of the present gateware
    python bench/gates.py                       # all that are not
    python bench/gates.py "ecp5: nano"          # this one, again

A part is a family of devices and what is simulated: our own models of its cells beside what the
cells shall do; an engine on the simulated board, trained for a step beside the golden model; or a
block beside its RTL, on random inputs. Netlists are made as a build makes them. Results are kept in
bench/results/gates.json after each part: a run that was interrupted goes on where it stopped. Exits
with status 1 if anything differs.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lls_hw.contract.config import preset
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate
from lls_hw.golden.verify import Mismatch
from lls_hw.tools.cache import digest
from lls_hw.tools.files import replace_file

sys.path.append(str(Path(__file__).parents[1]))
from lls_hw.gateware.without_reset import WithoutReset  # noqa: E402
from tests.gates.blocks import BLOCKS, CONDITIONS  # noqa: E402
from tests.gates.board import trained_step  # noqa: E402
from tests.gates.cell_bench import run_bench  # noqa: E402
from tests.gates.netlist import FAMILIES, Family, cells, family  # noqa: E402
from tests.gates.pair import Difference, Pair  # noqa: E402

FILE = Path(__file__).parent / "results" / "gates.json"
SEEDS, CYCLES = 8, 20_000
"""Runs of a block, and cycles of each."""
ENGINES = (("ecp5", "nano"), ("ecp5", "tiny"), ("ice40", "nano"), ("xilinx", "nano"))
"""Families, and the presets that are trained on their cells."""


@dataclass(frozen=True)
class Part:
    """What is simulated of a family's cells; `run` returns its figures, or raises a difference."""

    family: Family
    make: Callable[[], Any] | None
    run: Callable[[Family, Path], dict[str, Any]]

    def identity(self) -> str:
        """Digest of the design, or of the bench of the models, and of the models."""
        own = self.family.models[0]
        if self.make is None:
            used = sorted((*own.parent.glob("*.vh"), *own.parent.glob(f"{own.stem}*")))
            return digest(*(file.read_text("utf-8") for file in used))
        design = elaborate(WithoutReset(self.make(), fast=True), "top", self.family.flow.technology)
        return digest(design, own.read_text("utf-8"))


def check_cells(family: Family, folder: Path) -> dict[str, Any]:
    """Our own models beside what the cells shall do."""
    wrong, met = run_bench(family, folder)
    if wrong or not met:
        raise Difference(f"wrong in {wrong} cycles; the ports met in {met}")
    return {"least_cycles_in_which_ports_met": met}


def check_block(name: str, family: Family, folder: Path) -> dict[str, Any]:
    """A block beside its RTL."""
    make, conditions = BLOCKS[name], CONDITIONS.get(name.partition(",")[0], {})
    pair = Pair(make(), make(), family, folder, conditions)
    changed = [pair.run(seed, CYCLES) for seed in range(SEEDS)]
    return {
        "cells": cells(folder),
        "cycles": SEEDS * CYCLES,
        "outputs": pair.outputs,
        "outputs_that_changed": max(changed),
    }


def check_engine(name: str, family: Family, folder: Path) -> dict[str, Any]:
    """An engine trained beside the golden model."""
    cycles = trained_step(name, family, folder)
    return {"cells": cells(folder), "cycles_of_steps": cycles}


def parts() -> dict[str, Part]:
    """All parts by name."""
    found = {f"{name}: cells": Part(family(name), None, check_cells) for name in FAMILIES}
    for of, name in ENGINES:
        make = partial(System, preset(name))
        found[f"{of}: {name}"] = Part(family(of), make, partial(check_engine, name))
    for name, make in BLOCKS.items():
        found[f"ecp5: {name}"] = Part(family("ecp5"), make, partial(check_block, name))
    return found


def stored() -> dict[str, Any]:
    """Results of earlier runs."""
    return json.loads(FILE.read_text("utf-8"))["parts"] if FILE.exists() else {}


def measure(part: Part) -> dict[str, Any]:
    """Runs a part; its figures, or what differs."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            figures = part.run(part.family, Path(folder))
        except (Difference, Mismatch) as error:
            figures = {"difference": str(error)}
    seconds = round(time.monotonic() - started, 1)
    return {"identity": part.identity(), **figures, "seconds": seconds}


def keep(name: str, result: dict[str, Any]) -> None:
    """Writes a result beside the others."""
    results = stored() | {name: result}
    ordered = {key: results[key] for key in parts() if key in results}
    page = {"command": "python bench/gates.py", "seeds": SEEDS, "parts": ordered}
    replace_file(FILE, json.dumps(page, indent=1) + "\n")


def table(names: Iterable[str]) -> Table:
    """Which results are of the present gateware and models, and equal."""
    rows, found, made = Table("part", "gateware", "result"), parts(), stored()
    for name in names:
        result = made.get(name, {})
        present = result.get("identity") == found[name].identity()
        age = "present" if present else "older" if result else "none"
        rows.add_row(name, age, result.get("difference", "equal") if result else "")
    return rows


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these")
    parser.add_argument("--list", action="store_true", help="show all, run none")
    args = parser.parse_args()
    known = parts()
    for name in args.parts:
        if name not in known:
            parser.error(f"there is no part {name!r}; choose from {'; '.join(known)}")
    if args.list:
        Console().print(table(args.parts or known))
        return 0
    failed = False
    for name in args.parts or known:
        result = stored().get(name, {})
        if args.parts or result.get("identity") != known[name].identity():
            result = measure(known[name])
            keep(name, result)
        failed |= "difference" in result
        print(f"{name}: {result.get('difference', 'equal')}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
