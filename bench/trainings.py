"""Trainings on simulated boards again: `python bench/trainings.py FOLDER [--only NAME ...]`.

Runs the command of every `bench/results/train-NAME.json` on the present gateware, which writes the
file anew. FOLDER has mnist/, fashion-mnist/ and cifar10/. Those that were made since the gateware
last changed are left alone, so a run that was interrupted goes on where it stopped. Exits with
status 1 if a command fails.
"""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
SOURCES = ROOT / "lls_hw" / "gateware", ROOT / "lls_hw" / "program"


def command(result: Path, folder: Path) -> list[str]:
    """The command line that made a result, with this Python and the data in `folder`."""
    words = shlex.split(json.loads(result.read_text())["command"])
    data = words[words.index("--data") + 1]
    return [sys.executable, *(str(folder / data) if word == "DIR" else word for word in words[1:])]


def main() -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", metavar="NAME")
    args = parser.parse_args()
    changed = max(path.stat().st_mtime for place in SOURCES for path in place.rglob("*.py"))
    status = 0
    for result in sorted(RESULTS.glob("train-*.json")):
        name = result.stem.removeprefix("train-")
        if args.only is not None and name not in args.only:
            continue
        if result.stat().st_mtime > changed and args.only is None:
            continue
        words = command(result, args.folder)
        print(shlex.join(words), flush=True)
        status |= subprocess.run(words, cwd=ROOT, check=False).returncode != 0
    return status


if __name__ == "__main__":
    sys.exit(main())
