"""Recorded networks on simulated boards: `python bench/recorded.py [--only PRESET ...]`.

Trains the network of each preset that `tests/recorded.json` knows and compares the final weights
and the cycles with it. Results are kept, as `recorded.json` among the others, after every board: a
run that was interrupted goes on where it stopped, and a board whose design has not changed is not
run again. Exits with status 1 if weights differ, or if cycles are more than recorded.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lls_hw.contract.config import PRESETS
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate
from lls_hw.golden.recorded import recorded, train_on
from lls_hw.simulator.device import simulated_device
from lls_hw.tools.cache import digest
from lls_hw.tools.files import replace_file

FILE = Path(__file__).parent / "results" / "recorded.json"
RECORDED = json.loads((Path(__file__).parents[1] / "tests" / "recorded.json").read_text())


def stored() -> dict[str, Any]:
    """Results of earlier runs."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def measure(preset: str, known: dict[str, Any] | None) -> dict[str, Any]:
    """The result of a preset; the known one if the design is the same."""
    design = digest(elaborate(System(PRESETS[preset]), "system"))
    if known and known["design"] == design:
        return known
    with simulated_device(PRESETS[preset]) as device:
        started = time.monotonic()
        outcome = train_on(recorded(preset), device)
        seconds = round(time.monotonic() - started, 1)
    return {"design": design, **asdict(outcome), "seconds": seconds}


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(PRESETS), metavar="PRESET")
    args = parser.parse_args()
    for name in args.only:
        if name not in PRESETS:
            parser.error(f"there is no preset {name!r}; choose from {', '.join(PRESETS)}")
    failed = False
    for name in args.only:
        result, before = measure(name, stored().get(name)), RECORDED[name]
        results = stored() | {name: result}  # another run may have added its boards meanwhile
        results = {key: results[key] for key in PRESETS if key in results}
        replace_file(FILE, json.dumps(results, indent=1) + "\n")
        equal = result["weights"] == before["weights"]
        counts = [(result[key], before[key]) for key in ("train_cycles", "infer_cycles")]
        failed |= not equal or any(now > then for now, then in counts)
        cycles = ", ".join(f"{now:,} ({now - then:+,})" for now, then in counts)
        print(f"{name}: weights {'equal' if equal else 'DIFFER'}; cycles {cycles}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
