"""Resources and clocks of a bitstream, for report.json and the terminal."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table

from lls_hw.errors import LlsError

__all__ = ["CapacityError", "Resource", "Timing", "TimingError", "check_timing", "tables"]

_SAME = 0.01
"""Relative difference below which a clock of the placer's report is the engine's."""


class CapacityError(LlsError):
    """The engine is larger than the device."""


class TimingError(LlsError):
    """The engine does not reach its clock."""


@dataclass(frozen=True)
class Resource:
    """Cells of one kind."""

    name: str
    used: int
    available: int


@dataclass(frozen=True)
class Timing:
    """One clock: the frequency that the design reaches, and the one that it needs, in MHz."""

    clock: str
    achieved: float
    wanted: float


def check_timing(
    timing: list[Timing], frequency: float, below: Callable[[float], float | None]
) -> None:
    """TimingError if a clock is too slow.

    `frequency` is the engine's, in MHz; `below` gives its PLL's next lower one. All other clocks
    are what they must be.
    """
    for clock in timing:
        if clock.achieved < clock.wanted:
            remedy = ""
            if abs(clock.wanted - frequency) < _SAME * frequency:
                lower = below(clock.achieved)
                remedy = ", or " + (
                    "a lower --frequency" if lower is None else f"--frequency {lower:.6g}"
                )
            raise TimingError(
                f"Timing is not met: {clock.clock} reaches {clock.achieved:.1f} MHz of "
                f"{clock.wanted:.1f} MHz; try more --seeds{remedy}."
            )


def tables(title: str, resources: list[Resource], timing: list[Timing]) -> list[Table]:
    """What the terminal shows: cells, and clocks if they are known."""
    cells = Table("", "used", "of", "", title=title)
    for item in resources:
        share = f"{100 * item.used / item.available:.0f} %"
        cells.add_row(item.name, f"{item.used:,}", f"{item.available:,}", share)
    clocks = Table("clock", "wanted", "reached", "margin")
    for clock in timing:
        wanted, reached = f"{clock.wanted:.1f} MHz", f"{clock.achieved:.1f} MHz"
        clocks.add_row(clock.clock, wanted, reached, f"{clock.achieved / clock.wanted - 1:+.1%}")
    found = [cells, clocks] if timing else [cells]
    for table in found:
        for column in table.columns[1:]:
            column.justify = "right"
    return found
