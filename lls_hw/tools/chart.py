"""Line charts for pages, as SVG."""

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from lls_hw.tools.axes import scale, ticks, whole_ticks
from lls_hw.tools.html import legend

__all__ = ["Curve", "chart"]

_WIDTH, _HEIGHT = 440, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 8, 40
_DOTS = 60
"""More points than that are a line without dots."""


class Curve(NamedTuple):
    """Values at places, joined by a line."""

    name: str
    hue: str
    points: Sequence[tuple[int, float]]


def chart(
    title: str, across: str, curves: Sequence[Curve], text: Callable[[float], str] = "{:g}".format
) -> str:
    """A chart with its legend above; `across` names the places, `text` writes a value."""
    places = [x for curve in curves for x, _ in curve.points]
    values = [y for curve in curves for _, y in curve.points]
    down, right = ticks(min(values), max(values)), whole_ticks(min(places), max(places))
    x_of = scale(min(places), max(places), _LEFT + 8, _WIDTH - _RIGHT - 8)
    y_of = scale(down[0], down[-1], _HEIGHT - _BOTTOM, _TOP)
    parts = []
    for y in down:
        parts.append(
            f'<path d="M{_LEFT} {y_of(y):.1f}H{_WIDTH - _RIGHT}" stroke="var(--line)"/>'
            f'<text x="{_LEFT - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end">{text(y)}</text>'
        )
    for x in right:
        parts.append(
            f'<text x="{x_of(x):.1f}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">{x}</text>'
        )
    parts.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 4}" text-anchor="middle">'
        f"{escape(across)}</text>"
    )
    for curve in curves:
        line = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in curve.points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{curve.hue}" stroke-width="2"/>'
        )
        if len(curve.points) <= _DOTS:
            parts += [
                f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3.5" fill="{curve.hue}">'
                f"<title>{escape(f'{curve.name}, {across} {x}: {text(y)}')}</title></circle>"
                for x, y in curve.points
            ]
    return (
        f"<div><h3>{escape(title)}</h3>{legend({curve.name: curve.hue for curve in curves})}"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'font-size="12">{"".join(parts)}</svg></div>'
    )
