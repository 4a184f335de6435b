"""Learning curves of integer, float and published LLS: the picture of docs/learning.md.

Reads what `bench/accuracy.py` and `lls_hw.paper.reproduce` left in bench/results/study/.
`python -m docs.tables` makes the tables of the same page from the same files.
"""

import argparse
import sys
from pathlib import Path

import matplotlib

from lls_hw.tools.files import save_figure

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

sys.path.append(str(Path(__file__).parents[1]))
from docs.tables.learning import ORDER, STUDY, collect  # noqa: E402

COLOURS = dict(zip(ORDER, plt.get_cmap("tab10").colors, strict=False))


def draw(found: dict) -> None:
    """One panel a setting."""
    columns = 3
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(13, 3.8 * rows), squeeze=False)
    for axis in axes.flat[len(found) :]:
        axis.remove()
    for axis, (setting, lines) in zip(axes.flat, sorted(found.items()), strict=False):
        for line, batch, _ in sorted(lines, key=lambda key: ORDER.index(key[0])):
            for runs in (r for key, r in lines.items() if key[:2] == (line, batch)):
                for index, run in enumerate(runs):
                    label = f"{line}, batch {batch}" if index == 0 else None
                    epochs = range(1, len(run.curve) + 1)
                    curve = [100 * accuracy for accuracy in run.curve]
                    axis.plot(epochs, curve, ".-", color=COLOURS[line], label=label, linewidth=1)
        axis.set_title(f"{setting[0]}, {setting[1]}, {setting[2]:,} images", fontsize=10)
        axis.set_xlabel("epoch")
        axis.set_ylabel("test accuracy, %")
        axis.legend(fontsize=6)
    figure.tight_layout()
    save_figure(STUDY / "curves.png", figure, dpi=110)


def main() -> None:
    """Draws the picture."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    draw(collect())


if __name__ == "__main__":
    main()
