"""Learning curves of integer, float and published LLS: the picture of docs/learning.md.

Reads what `bench/accuracy.py` and `lls_hw.paper.reproduce` left in bench/results/study/.
`python -m docs.tables` makes the tables of the same page from the same files.
"""

import argparse
import sys
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lls_hw.tools.files import save_figure
from lls_hw.tools.style import PARTS, drawing

sys.path.append(str(Path(__file__).parents[1]))
from docs.tables.learning import ORDER, STUDY, collect  # noqa: E402

COLOURS = dict(zip(ORDER, PARTS, strict=False))


def draw(found: dict) -> None:
    """One panel a setting, and one legend for all: a line has the same colour everywhere."""
    columns = 3
    rows = -(-len(found) // columns)
    with drawing():
        figure = Figure(figsize=(14, 3.9 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        for axis in axes.flat[len(found) :]:
            axis.remove()
        for axis, (setting, lines) in zip(axes.flat, sorted(found.items()), strict=False):
            _draw_setting(axis, lines)
            batches = ", ".join(str(batch) for batch in sorted({batch for _, batch, _ in lines}))
            name = f"{setting[0]}, {setting[1]}, {setting[2]:,} images, batch {batches}"
            axis.set_title(name)
        shown = {line for lines in found.values() for line, _, _ in lines}
        handles = [
            Line2D([], [], color=COLOURS[line], label=line) for line in ORDER if line in shown
        ]
        figure.legend(handles=handles, loc="outside lower left", ncols=3)
        save_figure(STUDY / "curves.png", figure, dpi=110)


def _draw_setting(axis, lines: dict) -> None:
    """All runs on one data set."""
    for (line, _, _), runs in lines.items():
        for run in runs:
            epochs = range(1, len(run.curve) + 1)
            curve = [100 * accuracy for accuracy in run.curve]
            axis.plot(epochs, curve, ".-", color=COLOURS[line], linewidth=1)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set_xlabel("epoch")
    axis.set_ylabel("test accuracy, %")


def main() -> None:
    """Draws the picture."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    draw(collect())


if __name__ == "__main__":
    main()
