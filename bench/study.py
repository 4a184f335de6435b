"""Integer, float and published LLS at equal epochs: the table of docs/learning.md and its picture.

Reads what `bench/accuracy.py` and `lls_hw.paper.reproduce` left in bench/results/study/ and
bench/results/; the page lists their commands.
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

from lls_hw.paper.page import fill  # noqa: E402

RESULTS = Path(__file__).parent / "results"
STUDY = RESULTS / "study"
PAGE = Path(__file__).parents[1] / "docs" / "learning.md"
RULES = {"bp": "BP, BatchNorm, AdamW", "lls-square": "LLS as published: BatchNorm, AdamW"}
COLOURS = {"integer": "tab:blue", "float64": "tab:cyan", "lls-square": "tab:orange", "bp": "gray"}


def plain(result: dict) -> tuple:
    """A result of bench/accuracy.py: its setting, line, curve and command."""
    kind = result["arithmetic"]
    name = "LLS on integers, the engine's" if kind == "integer" else "LLS, float64, the same recipe"
    setting = (result["network"].removesuffix("32"), result["data"], result["train_images"])
    curve = [epoch["test_accuracy"] for epoch in result["epochs"]]
    return setting, (kind, name, result["batch"]), curve, result["command"]


def published(result: dict) -> tuple:
    """The same of a cell of lls_hw.paper.reproduce."""
    cell, about = result["cell"], result["about"]
    setting = (cell["model"], cell["data"], about["train_images"])
    curve = [epoch["test_accuracy"] for epoch in result["epochs"]]
    return setting, (cell["rule"], RULES[cell["rule"]], cell["batch"]), curve, about["command"]


def collect() -> tuple[dict, list[str]]:
    """Curves of all seeds by setting and line; commands."""
    found: dict = {}
    commands = set()
    paths = [*RESULTS.glob("accuracy-*conv*.json"), *STUDY.rglob("*.json")]
    for path in sorted(paths):
        result = json.loads(path.read_text())
        setting, line, curve, command = (published if "cell" in result else plain)(result)
        found.setdefault(setting, {}).setdefault(line, []).append(curve)
        commands.add(command)
    return found, sorted(commands)


def draw(found: dict) -> None:
    """One panel a setting."""
    columns = 3
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(12, 3.4 * rows), squeeze=False)
    for axis in axes.flat[len(found) :]:
        axis.remove()
    for axis, (setting, lines) in zip(axes.flat, sorted(found.items()), strict=False):
        for (kind, name, batch), curves in sorted(lines.items()):
            for index, curve in enumerate(curves):
                label = f"{name}, batch {batch}" if index == 0 else None
                epochs = range(1, len(curve) + 1)
                axis.plot(epochs, [100 * a for a in curve], ".-", color=COLOURS[kind], label=label)
        axis.set_title(f"{setting[0]}, {setting[1]}, {setting[2]:,} images", fontsize=10)
        axis.set_xlabel("epoch")
        axis.set_ylabel("test accuracy, %")
        axis.legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(STUDY / "curves.png", dpi=110)


def main() -> None:
    """Fills the page, draws the picture."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    found, commands = collect()
    draw(found)
    page = "Made by `python bench/study.py`. Test accuracy in percent.\n"
    for setting, lines in sorted(found.items()):
        page += f"\n**{setting[0]}, {setting[1]}, {setting[2]:,} images**\n\n"
        page += "| rule | batch | epochs | after the last, each seed |\n|---|---|---|---|\n"
        for (_, name, batch), curves in sorted(lines.items()):
            last = ", ".join(f"{100 * curve[-1]:.2f}" for curve in curves)
            page += f"| {name} | {batch} | {len(curves[0])} | {last} |\n"
    page += "\nThe commands:\n\n" + "".join(f"    {command}\n" for command in commands)
    fill(PAGE, "study", page)


if __name__ == "__main__":
    main()
