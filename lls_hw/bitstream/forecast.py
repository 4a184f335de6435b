"""What --estimate-only prints."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from lls_hw.bitstream.estimate import Estimate
from lls_hw.contract.usb import link_text
from lls_hw.program.compiler import Program
from lls_hw.program.speed import speed

__all__ = ["forecast"]


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
        slowest, fastest = estimate.clock
        verdict = "not expected"
        if frequency <= fastest:
            verdict = "likely" if frequency <= slowest else "possible"
        reached = f"{slowest:.0f}-{fastest:.0f} MHz"
        cells.add_row("clock", reached, f"{frequency:g} MHz", verdict)
    if programs:
        tables += [_cycles(frequency, programs), _speeds(frequency, baud, programs)]
    return tables


def _cycles(frequency: float, programs: Sequence[Program]) -> Table:
    heads = ("network", "batch", "cycles a step", "cycles a sample", "utilisation")
    table = _numbers(*heads, title=f"training at {frequency:g} MHz")
    for program in programs:
        table.add_row(
            program.network.name,
            str(program.batch),
            f"{program.train_cycles:,}",
            f"{program.train_cycles / program.batch:,.0f}",
            f"{program.utilisation:.1%}",
        )
    return table


def _speeds(frequency: float, baud: int, programs: Sequence[Program]) -> Table:
    line = link_text(baud)
    heads = ("network", "engine alone", f"{line} alone", "together", "what limits", "stored")
    table = _numbers(*heads, title=f"training samples a second, {line}")
    for program in programs:
        rate = speed(program, frequency, baud)
        table.add_row(
            program.network.name,
            f"{rate.engine:,.0f}",
            f"{rate.link:,.0f}",
            f"{rate.samples:,.0f}",
            rate.limit,
            f"{rate.stored:,.0f} ({rate.stored_limit})" if rate.stored else "–",
        )
    return table


def _numbers(*heads: str, title: str) -> Table:
    """A table of names and numbers, which a narrow terminal wraps instead of shortening them."""
    table = Table(title=title)
    for head in heads:
        table.add_column(head, justify="left" if head == heads[0] else "right", overflow="fold")
    return table
