"""Learning curves of integer, float and published LLS: the picture of docs/learning.md.

Reads what `bench/accuracy.py` and `lls_hw.paper.reproduce` left in bench/results/study/ and
bench/results/. `python -m docs.tables` makes the table of the same page from the same files.
"""

import argparse
import sys
from pathlib import Path

import matplotlib

from lls_hw.tools.files import save_figure

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

sys.path.append(str(Path(__file__).parents[1]))
from docs.tables.learning import STUDY, collect  # noqa: E402

COLOURS = {"integer": "tab:blue", "float64": "tab:cyan", "lls-square": "tab:orange", "bp": "gray"}


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
    save_figure(STUDY / "curves.png", figure, dpi=110)


def main() -> None:
    """Draws the picture."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    draw(collect()[0])


if __name__ == "__main__":
    main()
