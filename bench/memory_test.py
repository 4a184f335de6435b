"""The memory test over all 32 MB of a simulated SDRAM: `python bench/memory_test.py`.

A board with the memory and no engine writes, compares, waits and compares again, with the pattern
and its opposite, as `--self-test` does on a real board. Takes a few minutes; the result goes to
bench/results/memory-test.json.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from lls_hw.contract.config import preset
from lls_hw.contract.line import EXPECTED_CLOCK
from lls_hw.contract.registers import Register, Space
from lls_hw.golden.external_memory import RETENTION, MemoryRange, external_test
from lls_hw.simulator.memory_board import memory_device
from lls_hw.tools.files import replace_file

CONFIG = preset("sdram")


def main() -> int:
    """Entry point; returns the exit status."""
    depth = Space.EXTERNAL.capacity(CONFIG)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=depth, help=f"1..{depth} (default: all)")
    parser.add_argument("--json", type=Path, help="write the result to a file")
    args = parser.parse_args()
    tested = MemoryRange(elements=args.elements)
    with memory_device(CONFIG) as device, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("external memory", total=tested.work)
        started, first = time.monotonic(), device.register(Register.CLOCK)
        external_test(device, tested, lambda work: progress.advance(task, work))
        cycles = device.register(Register.CLOCK) - first
        seconds = time.monotonic() - started
    result = {
        "command": "python bench/memory_test.py " + " ".join(sys.argv[1:]),
        "elements": args.elements,
        "times_written": 2,
        "times_compared": 4,
        "pause_cycles": RETENTION,
        "cycles": cycles,
        f"seconds_at_{EXPECTED_CLOCK:g}_MHz": round(cycles / EXPECTED_CLOCK / 1e6, 3),
        "elements_a_cycle": round(6 * args.elements / (cycles - 2 * RETENTION), 4),
        "wrong": 0,
        "seconds_simulated": round(seconds),
    }
    if args.json:
        replace_file(args.json, json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
