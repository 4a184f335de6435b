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
        heads = ("network", "batch", "cycles a step", "a sample", "utilisation",
                 "engine, samples/s", "line", "together", "stored")  # fmt: skip
        speeds = Table(*heads, title=f"training at {frequency:g} MHz, {link_text(baud)}")
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
                f"{rate.samples:,.0f}",
                f"{rate.stored:,.0f}" if rate.stored else "",
            )
        tables.append(speeds)
    return tables
