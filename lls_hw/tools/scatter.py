"""Scatter charts for pages, as SVG: points, and those that stand out, readable without colour."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple

from lls_hw.tools.axes import scale, ticks
from lls_hw.tools.style import CAPACITY, TEST

__all__ = ["Axis", "Dot", "scatter", "scatter_legend"]

_WIDTH, _HEIGHT = 440, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 28, 12, 44
_INSET = 8
_SMALL = (
    '<svg viewBox="0 0 14 14" style="display:inline-block;width:.9rem;margin-right:.3rem;'
    'vertical-align:-2px">'
)
_FILL = "var(--ground)"
_LETTER, _LINE = 6.6, 13
"""Width and height of a letter of a label, about."""


class Axis(NamedTuple):
    """What a direction shows."""

    name: str
    text: Callable[[float], str] = "{:,.6g}".format


class Dot(NamedTuple):
    """A point of the chart."""

    x: float
    y: float
    name: str
    """Says all of it when the pointer rests on it."""
    marked: bool
    """Stands out: a filled square with its label instead of an empty circle."""
    label: str


def scatter(title: str, across: Axis, up: Axis, dots: Sequence[Dot]) -> str:
    """A chart. Labels that would cover another one are left out."""
    xs, ys = ticks(*_span(dot.x for dot in dots)), ticks(*_span(dot.y for dot in dots))
    x_of = scale(xs[0], xs[-1], _LEFT + _INSET, _WIDTH - _RIGHT)
    y_of = scale(ys[0], ys[-1], _HEIGHT - _BOTTOM - _INSET, _TOP)
    parts = []
    for y in ys:
        parts.append(
            f'<path d="M{_LEFT} {y_of(y):.1f}H{_WIDTH - _RIGHT}" stroke="var(--line)"/>'
            f'<text x="{_LEFT - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end">{up.text(y)}</text>'
        )
    for x in xs:
        parts.append(
            f'<path d="M{x_of(x):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="var(--line)"/>'
            f'<text x="{x_of(x):.1f}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">'
            f"{across.text(x)}</text>"
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(across.name)}</text>'
    )
    placed = [(dot, x_of(dot.x), y_of(dot.y)) for dot in sorted(dots, key=lambda dot: dot.marked)]
    parts += [_shape(dot, x, y) for dot, x, y in placed]
    parts += _labels(placed)
    said = f"{title}: {up.name} over {across.name}"
    return (
        f'<div style="max-width:34rem"><h3>{escape(title)}</h3><p>{escape(up.name)}</p>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(said)}" '
        f'font-size="12">{"".join(parts)}</svg></div>'
    )


def scatter_legend(marked: str, others: str) -> str:
    """What the two shapes mean."""
    shapes = ""
    for mark, name in ((True, marked), (False, others)):
        shape = _shape(Dot(0, 0, "", mark, ""), 7, 7)
        shapes += f"<span>{_SMALL}{shape}</svg>{escape(name)}</span>"
    return f'<p class="legend">{shapes}</p>'


def _span(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    return min(found), max(found)


def _shape(dot: Dot, x: float, y: float) -> str:
    title = f"<title>{escape(dot.name)}</title>" if dot.name else ""
    if dot.marked:
        return (
            f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="{TEST}" '
            f'stroke="var(--ink)">{title}</rect>'
        )
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_FILL}" fill-opacity=".6" '
        f'stroke="{CAPACITY}" stroke-width="1.5">{title}</circle>'
    )


def _labels(placed: Sequence[tuple[Dot, float, float]]) -> list[str]:
    """Of the marked points, each beside its point where no other label is."""
    taken: list[tuple[float, float, float]] = []
    parts = []
    for dot, x, y in placed:
        width = _LETTER * len(dot.label)
        left = x - width - 8 if x + width + 8 > _WIDTH else x + 8
        base = min(max(y - 6, _TOP + _LINE), _HEIGHT - _BOTTOM - 4)
        free = all(
            abs(base - other) >= _LINE or left >= end or left + width <= start
            for start, end, other in taken
        )
        if dot.marked and free:
            taken.append((left, left + width, base))
            parts.append(f'<text x="{left:.1f}" y="{base:.1f}">{escape(dot.label)}</text>')
    return parts
