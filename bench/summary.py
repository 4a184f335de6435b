"""Writes bench/results/accuracy.md from the accuracy-*.json files in its folder."""

import argparse
import json
from pathlib import Path

from lls_hw.tools.files import replace_file

RESULTS = Path(__file__).parent / "results"
HEAD = """# Accuracy of the golden model

Made by `python bench/summary.py` from the files in this folder. One seed each, accuracy on all
test images after the last epoch, without choosing the epoch by the test set.

| network | data | images | arithmetic | batch | epochs | train | test | samples/CPU-s |
|---|---|---|---|---|---|---|---|---|
"""


def row(result: dict) -> str:
    """One line of the table."""
    last = result["epochs"][-1]
    cells = (
        "-".join(str(n) for n in result["layers"]), result["data"],
        f"{result['train_images']:,}", result["arithmetic"],
        result["batch"], last["epoch"], f"{last['train_accuracy']:.2%}",
        f"{last['test_accuracy']:.2%}", f"{last['samples_per_cpu_second']:,}",
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |\n"


def main() -> None:
    """Reads all results, writes one page."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("accuracy-*.json"))]
    commands = "".join(f"    {result['command']}\n" for result in results)
    page = HEAD + "".join(map(row, results)) + "\nThe commands:\n\n" + commands
    replace_file(RESULTS / "accuracy.md", page)


if __name__ == "__main__":
    main()
