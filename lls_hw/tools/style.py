"""The look of pages and pictures: one colour for each meaning, and matplotlib's settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "BAD", "CAPACITY", "GOOD", "IDLE", "LAYERS", "PARTS", "PHASE_COLOURS",
    "TEST", "TRAIN", "USE_COLOURS", "WIRES", "CELLS", "drawing", "engineering", "ink_on",
    "legend_above",
]  # fmt: skip

PHASE_COLOURS = {
    "forward": "#4269d0",
    "learning signal": "#efb118",
    "weight gradient": "#3ca951",
    "weights in": "#a463f2",
    "weights out": "#ff725c",
}
"""Of the operations of a training step, by their names in `lls_hw.program.report.PHASES`."""
IDLE = "#8a8f98"
USE_COLOURS = {
    "idle": IDLE,
    "read": PHASE_COLOURS["weights in"],
    "write": PHASE_COLOURS["weights out"],
}
"""Of what a port of the external memory does with a cycle."""
TRAIN = "#a86b45"
TEST = "#d0429b"
"""Training images and test images."""
GOOD = "#0f8f8f"
BAD = "#d23f31"
"""Correct and wrong, fast enough and too slow."""
CELLS = "#5c7a99"
WIRES = "#d4b483"
"""Parts of a delay."""
CAPACITY = "#6b87a8"
"""How full something is."""
LAYERS = ("#b8cbe3", "#e6cda9", "#c3dcbd", "#dfc2dd", "#dcd8a9", "#bfdcdc")
"""Of neighbouring layers, in turn."""
PARTS = (
    "#1f4e8c", "#97bbf5", "#2f7f7f", "#6cc5b0", "#b0417a", "#ff8ab7", "#c08552", "#d9a679",
    "#5b8c2a", "#b5b33c", "#7b4ea3", "#c9b3e6", "#a8442a", "#e0a08c", "#4d5b6a", "#b8bec6",
)  # fmt: skip
"""Of parts of a whole that have no colour of their own; the last is for all others."""

_DARK = 0.45
"""Luminance below which a colour needs white text."""
_SETTINGS = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#5c6875",
    "axes.grid": True,
    "axes.labelcolor": "#1d2733",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.12,
    "font.size": 10,
    "grid.color": "#d8dee5",
    "grid.linewidth": 0.6,
    "legend.fontsize": "small",
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "text.color": "#1d2733",
    "xtick.color": "#5c6875",
    "ytick.color": "#5c6875",
}


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour `#rrggbb`."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < _DARK else "#14191f"


@contextmanager
def drawing() -> Iterator[None]:
    """Whatever is drawn with matplotlib meanwhile has the common style."""
    from matplotlib import rc_context
    from matplotlib.rcsetup import cycler

    with rc_context({**_SETTINGS, "axes.prop_cycle": cycler(color=PARTS)}):
        yield


def engineering(axis: Any) -> None:
    """Numbers of an axis with a prefix: 20k, 1.5M."""
    from matplotlib.ticker import EngFormatter

    axis.set_major_formatter(EngFormatter(sep=""))


def legend_above(axes: Any, columns: int = 5, **settings: Any) -> None:
    """A legend over the axes, where it covers nothing, below their title."""
    shown = axes.legend(
        ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2,
        handlelength=1, handletextpad=0.5, columnspacing=1.2, **settings,
    )  # fmt: skip
    rows = -(-len(shown.get_texts()) // columns)
    axes.set_title(axes.get_title(loc="left"), pad=8 + 13 * rows)
