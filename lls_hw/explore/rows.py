"""What came of each point: speed, size, clock, accuracy, and whether it is on the front."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lls_hw.explore.front import front
from lls_hw.explore.points import Point

__all__ = ["MEASURES", "Measure", "Row", "measures", "with_front"]

_LOGIC = ("LUT", "LC")
_SAME = 1e-3
"""Relative difference within which a clock is the engine's: the placer counts in picoseconds."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One point with its result."""

    point: Point
    rates: tuple[float, ...] = ()
    """Training samples a second of each network, at the clock of the point."""
    accuracy: float | None = None
    """Mean over the networks, on images that were held out, 0..1."""
    report: Mapping[str, Any] | None = None
    """report.json of the build; None if it failed."""
    error: str | None = None
    """Why it failed: a sentence."""
    front: bool = False
    """Whether no other row is at least as good in every measure and better in one."""

    @property
    def samples(self) -> float | None:
        """Geometric mean of the rates; None without a network."""
        if not self.rates:
            return None
        return math.exp(sum(map(math.log, self.rates)) / len(self.rates))

    @property
    def peak(self) -> float:
        """Products of all multipliers, in 10**9 a second."""
        return self.point.config.macs_per_cycle * self.point.frequency / 1000

    def used(self, kind: str) -> int | None:
        """Cells of a kind; None if the device has none of it, or nothing was built."""
        found = (self.report or {}).get("resources", {}).get(kind)
        return found and int(found["used"])

    @property
    def logic(self) -> int | None:
        """LUTs, or the logic cells of a device that counts those."""
        return next((self.used(kind) for kind in _LOGIC if self.used(kind) is not None), None)

    @property
    def reached(self) -> float | None:
        """Highest clock of the engine as it was placed and routed, MHz; None if it was not."""
        clocks = list((self.report or {}).get("clocks", {}).values())
        wanted = self.point.frequency
        own = [clock for clock in clocks if abs(clock["wanted"] - wanted) <= _SAME * wanted]
        return min((float(clock["achieved"]) for clock in own or clocks), default=None)


@dataclass(frozen=True)
class Measure:
    """One of the things that a builder wants."""

    name: str
    value: Callable[[Row], float | None]
    text: Callable[[float], str]
    sign: int = 1
    """1 if more is better, -1 if less is."""


MEASURES = {
    "samples": Measure("samples/s", lambda row: row.samples, "{:,.0f}".format),
    "peak": Measure("peak, GMAC/s", lambda row: row.peak, "{:,.4g}".format),
    "logic": Measure("LUT", lambda row: row.logic, "{:,.0f}".format, -1),
    "reached": Measure("clock reached, MHz", lambda row: row.reached, "{:,.1f}".format),
    "clock": Measure("clock asked for, MHz", lambda row: row.point.frequency, "{:,.4g}".format),
    "accuracy": Measure("accuracy, %", lambda row: _percent(row.accuracy), "{:,.2f}".format),
}
"""Everything that a front may be about."""


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def measures(rows: Sequence[Row]) -> list[Measure]:
    """Those that all built rows have: speed, logic, clock and, where a network was trained,
    accuracy."""
    built = [row for row in rows if row.report]

    def known(name: str) -> bool:
        return all(MEASURES[name].value(row) is not None for row in built)

    chosen = [
        "samples" if known("samples") else "peak",
        "logic",
        "reached" if known("reached") else "clock",
        "accuracy",
    ]
    return [MEASURES[name] for name in chosen if known(name)]


def with_front(rows: Sequence[Row]) -> list[Row]:
    """The rows, those of the front marked; failed ones are not on it."""
    built = [row for row in rows if row.report]
    wanted = measures(built)
    values = [[one.sign * (one.value(row) or 0.0) for one in wanted] for row in built]
    marks = iter(front(values))
    return [replace(row, front=next(marks)) if row.report else row for row in rows]
