"""Which classes a network takes for which."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from lls_hw.tools.html import bar, bars, counted, details, legend, section, table
from lls_hw.tools.style import BAD, GOOD

__all__ = ["Confusion", "confusion_of", "confusion_section"]

_NUMBERED = 12
"""Up to so many classes the picture says its numbers; it names every class up to _NAMED."""
_NAMED = 20
_PAIRS = 8
"""Mistakes that are listed."""
_WIDTH, _CELL = 34.0, 2.9
"""Widths of the picture and of a cell, in rem, at most: numbers are as large as text."""
_FAINTEST, _STRONGEST = 0.12, 0.65
"""Opacities of a cell, from rare to always."""


@dataclass(frozen=True)
class Confusion:
    """Counts (K, K): row is the true class, column the predicted one."""

    counts: NDArray[np.int64]

    @property
    def samples(self) -> int:
        """All images."""
        return int(self.counts.sum())

    @property
    def correct(self) -> int:
        """Those whose class was predicted."""
        return int(np.trace(self.counts))

    @property
    def accuracy(self) -> float:
        """Share of the images whose class was predicted."""
        return self.correct / self.samples

    def pairs(self) -> list[tuple[int, int, int]]:
        """(true, predicted, images) of all mistakes, the most frequent first."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        found = [(int(t), int(p), int(wrong[t, p])) for t, p in np.argwhere(wrong)]
        return sorted(found, key=lambda pair: (-pair[2], pair[:2]))


def confusion_of(
    labels: NDArray[np.uint8], predicted: NDArray[np.int64], classes: int
) -> Confusion:
    """From labels (N,) and predictions (N,)."""
    places = labels.astype(np.int64) * classes + predicted
    return Confusion(np.bincount(places, minlength=classes**2).reshape(classes, classes))


def confusion_section(confusion: Confusion, names: Sequence[str]) -> str:
    """The matrix, the most frequent mistakes and the accuracy of each class."""
    classes = _by_class(confusion, names)
    pairs = confusion.pairs()
    listed = [
        bar(
            f"{names[t]} → {names[p]}",
            [(count / pairs[0][2], "var(--bad)")],
            counted(count, "image"),
        )
        for t, p, count in pairs[:_PAIRS]
    ]
    return section(
        "Confusion matrix",
        f"<p>{confusion.correct:,} of {counted(confusion.samples, 'test image')} are classified "
        "correctly. "
        "A row holds the images of one class, a column those that the network takes for it.</p>",
        legend({"correct": GOOD, "mistakes": BAD}),
        _picture(confusion.counts),
        "<h3>Most frequent mistakes</h3>" if listed else "",
        bars(listed),
        "<h3>Classes</h3>" + classes if len(names) <= _NAMED else details("every class", classes),
    )


def _by_class(confusion: Confusion, names: Sequence[str]) -> str:
    """Images of each class, its accuracy, and what it is most often taken for."""
    worst: dict[int, tuple[int, int]] = {}
    for true, predicted, count in confusion.pairs():
        worst.setdefault(true, (predicted, count))
    rows = []
    for label, name in enumerate(names):
        total = int(confusion.counts[label].sum())
        shown = str(label) if name == str(label) else f"{label}, {name}"
        taken = f"{names[worst[label][0]]} ({worst[label][1]:,})" if label in worst else ""
        share = f"{confusion.counts[label, label] / total:.1%}" if total else ""
        rows.append((shown, f"{total:,}", share, taken))
    return table(("class", "images", "correct", "most often taken for (images)"), rows)


def _picture(counts: NDArray[np.int64]) -> str:
    """SVG of the matrix; a cell's strength is its share of its row."""
    size = len(counts)
    margin = size / 12 + 0.4
    edge, font = size + margin, max(0.36, size / 32)
    totals = np.maximum(counts.sum(axis=1), 1)
    cells = []
    for true, predicted in np.argwhere(counts):
        count = int(counts[true, predicted])
        share = _FAINTEST + (_STRONGEST - _FAINTEST) * count / int(totals[true])
        hue = "var(--good)" if true == predicted else "var(--bad)"
        cells.append(
            f'<rect x="{predicted}" y="{true}" width="1" height="1" fill="{hue}" '
            f'fill-opacity="{share:.2f}"/>'
        )
        if size <= _NUMBERED:
            small = min(0.36, 0.95 / (0.6 * len(str(count))))
            cells.append(
                f'<text x="{predicted + 0.5}" y="{true + 0.62}" font-size="{small:.2f}" '
                f'text-anchor="middle">{count}</text>'
            )
    step = 1 if size <= _NAMED else 10 if size <= 100 else 20
    for k in range(0, size, step):
        cells.append(
            f'<text x="{k + 0.5}" y="{-0.35 * font:.2f}" text-anchor="middle">{k}</text>'
            f'<text x="{-0.35 * font:.2f}" y="{k + 0.5 + 0.35 * font:.2f}" text-anchor="end">{k}'
            "</text>"
        )
    width = min(_WIDTH, _CELL * edge)
    label = escape(f"confusion matrix of {size} classes")
    return (
        f'<svg viewBox="{-margin:.2f} {-margin:.2f} {edge:.2f} {edge:.2f}" role="img" '
        f'aria-label="{label}" font-size="{font:.2f}" style="max-width:{width:.1f}rem">'
        f'<rect width="{size}" height="{size}" fill="var(--card)"/>{"".join(cells)}</svg>'
        '<p class="soft">Rows: true classes. Columns: predicted classes.</p>'
    )
