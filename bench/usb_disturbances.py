"""Training over a disturbed USB: `python bench/usb_disturbances.py`.

Each seed chooses the clocks of host and engine, and what goes wrong when: spoilt packets, a cable
that is pulled, a host that sleeps. A board simulated down to the wires of the bus trains `digits`
meanwhile, over the driver; results and weights must equal the golden model's after each round, and
nothing may hang. Exits with status 1 otherwise. `--seed S` runs one seed. `--progress F` keeps what
each seed went through in a file; an interrupted run goes on from there, unless sources or options
have changed since.
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lls_hw.contract.usb import BIT_RATE
from lls_hw.errors import LlsError
from lls_hw.tools.cache import digest, sources
from lls_hw.tools.files import replace_file

sys.path.append(str(Path(__file__).parents[1]))
from tests.link.usb_board import usb_program  # noqa: E402
from tests.link.usb_host import NoAnswer  # noqa: E402
from tests.link.usb_training import disturbed  # noqa: E402

_EACH = 40
"""Disturbances of a seed."""


def outcome(program: Path, seed: int, count: int) -> dict[str, Any]:
    """What a seed went through, and what was wrong if anything was."""
    try:
        found = disturbed(program, seed, count)
    except (LlsError, NoAnswer, AssertionError) as error:
        return {"seed": seed, "fault": f"seed {seed}: {type(error).__name__}: {error}"}
    link = found.link
    return {
        "seed": seed,
        "suffered": dict(found.suffered),
        "steps": found.steps,
        "bits": found.bits,
        "sent_again": link.retransmissions,
        "asked_again": link.repetitions,
        "frames_damaged": link.frames_damaged,
    }


def outcomes(seeds: list[int], count: int, jobs: int, kept: Path | None) -> list[dict[str, Any]]:
    """The outcome of each seed; those in the file `kept` are not run again."""
    program = usb_program()
    identity = digest(sources("lls_hw", "tests"), Path(__file__).read_text(), str(count))
    lines = kept.read_text().splitlines() if kept and kept.exists() else []
    found = {}
    if lines and lines[0] == identity:
        found = {line["seed"]: line for line in map(json.loads, lines[1:])}
    bar = (TextColumn("seeds"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    left = [seed for seed in seeds if seed not in found]
    with Progress(*bar) as progress, ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        task = progress.add_task("", total=len(seeds), completed=len(seeds) - len(left))
        running = [pool.submit(outcome, program, seed, count) for seed in left]
        for done in as_completed(running):
            one = done.result()
            found[one["seed"]] = one
            progress.advance(task)
            if "fault" in one:
                progress.console.print(one["fault"])
            if kept:
                replace_file(kept, "\n".join([identity, *map(json.dumps, found.values())]) + "\n")
    return [found[seed] for seed in seeds]


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """What all seeds went through together."""
    suffered: Counter[str] = Counter()
    for one in found:
        suffered.update(one.get("suffered", {}))
    total = {
        name: sum(one.get(name, 0) for one in found)
        for name in ("steps", "bits", "sent_again", "asked_again", "frames_damaged")
    }
    seconds = round(total.pop("bits") / BIT_RATE, 3)
    return {
        "disturbances": suffered.total(),
        "of": dict(sorted(suffered.items())),
        **total,
        "bus_seconds": seconds,
        "faults": [one["fault"] for one in found if "fault" in one],
    }


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=26, help="seeds 0..N-1 (default: 26)")
    parser.add_argument("--seed", type=int, help="this seed only")
    parser.add_argument("--each", type=int, default=_EACH, help=f"of a seed (default: {_EACH})")
    parser.add_argument("--jobs", type=int, default=1, help="seeds at once (default: 1)")
    parser.add_argument("--progress", type=Path, help="keep the outcome of each seed in a file")
    parser.add_argument("--json", type=Path, help="write the result to a file")
    args = parser.parse_args()
    seeds = list(range(args.seeds)) if args.seed is None else [args.seed]
    started = time.monotonic()
    found = outcomes(seeds, args.each, args.jobs, args.progress)
    result = {
        "command": f"python bench/usb_disturbances.py --seeds {len(seeds)} --each {args.each}",
        "seeds": len(seeds),
        **summary(found),
        "seconds": round(time.monotonic() - started),
    }
    if args.json:
        replace_file(args.json, json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return bool(result["faults"])


if __name__ == "__main__":
    sys.exit(main())
