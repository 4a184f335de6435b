"""What --estimate-only prints."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from lls_hw.bitstream.estimate import Estimate
from lls_hw.program.compiler import Program
from lls_hw.program.speed import speed

__all__ = ["forecast"]

_CLASS = 10
"""Clocks are foretold in classes of so many MHz: seeds alone differ by as much."""


def forecast(
    title: str, estimate: Estimate, capacity: Mapping[str, int], frequency: float, baud: int,
    programs: Sequence[Program],
) -> list[Table]:  # fmt: skip
    """Cells of the device, clock, and speed of each network at `frequency` MHz."""
    cells = Table("", "about", "of", "", title=title)
    for column in cells.columns[1:]:
        column.justify = "right"
    for name, available in capacity.items():
        used = estimate.resources.get(name, 0)
        share = f"{used / available:.0%}" if used <= available else "does not fit"
        cells.add_row(name, f"{used:,}", f"{available:,}", share)
    tables = [cells]
    if estimate.clock is not None:
        low = int(estimate.clock // _CLASS) * _CLASS
        verdict = "likely" if estimate.clock >= frequency else "not to be expected"
        cells.add_row("clock", f"{low}-{low + _CLASS} MHz", f"{frequency:g} MHz", verdict)
    if programs:
        speeds = Table("network", "batch", "cycles a step", "a sample", "utilisation",
                       "engine, 1/s", "line, 1/s", title=f"training at {frequency:g} MHz")  # fmt: skip
        for column in speeds.columns[1:]:
            column.justify = "right"
        for program in programs:
            rate = speed(program, frequency, baud)
            speeds.add_row(
                program.network.name,
                str(program.batch),
                f"{program.train_cycles:,}",
                f"{rate.cycles:,.0f}",
                f"{program.utilisation:.1%}",
                f"{rate.engine:,.0f}",
                f"{rate.link:,.0f}",
            )
        tables.append(speeds)
    return tables
