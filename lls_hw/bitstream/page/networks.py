"""Networks on an engine: memories, cycles and utilisation, for the page."""

from html import escape

from lls_hw.bitstream.page.html import bar, columns
from lls_hw.contract.counters import USES
from lls_hw.program.compiler import Program
from lls_hw.program.report import PhaseUse, layer_phases, phases
from lls_hw.program.speed import speed
from lls_hw.program.traffic import planned_ports

__all__ = ["network"]

_HUES = {
    "forward": "#4269d0", "learning signal": "#efb118", "weight gradient": "#3ca951",
    "weights in": "#a463f2", "weights out": "#ff725c",
}  # fmt: skip
_ROWS = {"learning signal": 1, "weights in": 2, "weights out": 2}
"""Rows of the timeline, but for the array's, the first."""
_PORT_HUES = {"idle": "var(--soft)", "read": "#4269d0", "write": "#ff725c"}
_WIDTH, _ROW = 1000, 34


def network(program: Program, frequency: float, baud: int) -> str:
    """Everything about one network; `frequency` in MHz."""
    uses, rate = phases(program), speed(program, frequency, baud)
    operations, multipliers = layer_phases(uses), program.config.macs_per_cycle
    rows = [
        (
            f"{use.layer + 1}, {use.phase}",
            f"{use.start:,}",
            f"{use.cycles:,}",
            f"{use.utilisation(multipliers):.1%}" if use.macs else "",
        )
        for use in operations
    ]
    limit = "engine" if rate.engine < rate.link else "serial line"
    stored = f" Of stored samples: {rate.stored:,.0f} samples/s." if rate.stored else ""
    memories = "".join(
        bar(
            use.name,
            [(use.used / use.depth, "var(--fill)")],
            f"{use.used:,} of {use.depth:,}",
        )
        for use in program.memories
    )
    return (
        f"<h3>{escape(program.network.name)}, batch {program.batch}</h3>"
        f"<p>{rate.cycles:,.0f} cycles a training sample, {program.utilisation:.1%} of the "
        f"multipliers busy with products of the network; {rate.engine:,.0f} samples/s by the "
        f"engine, {rate.link:,.0f} by the serial line: the {limit} is the bottleneck.{stored}</p>"
        f"{_timeline(uses, program.train_cycles)}"
        + columns(("layer, operation", "from cycle", "cycles", "utilisation"), rows,
                  [_HUES[use.phase] for use in operations])
        + "<h3>Its memories</h3>" + memories + _ports(program)
    )  # fmt: skip


def _ports(program: Program) -> str:
    """What the ports of the external memory do in a training step, if weights live there."""
    bars = [
        bar(
            f"{port.port}, {use}",
            [(port.share(use), _PORT_HUES[use])],
            f"{getattr(port, use):,} cycles, {port.share(use):.1%}",
        )
        for port in planned_ports(program)
        for use in USES
    ]
    return "<h3>Ports of its external memory</h3>" + "".join(bars) if bars else ""


def _timeline(uses: list[PhaseUse], cycles: int) -> str:
    """Timeline of the units over a training step; numbers are layers."""
    boxes, last = [], max(_ROWS.get(use.phase, 0) for use in uses)
    for use in uses:
        row = _ROWS.get(use.phase, 0)
        x, width = (_WIDTH * value / cycles for value in (use.start, use.cycles))
        boxes.append(
            f'<rect x="{x:.1f}" y="{row * _ROW + 2}" width="{max(width, 1):.1f}" '
            f'height="{_ROW - 4}" fill="{_HUES[use.phase]}"/>'
        )
        if width > _WIDTH / 40:
            boxes.append(
                f'<text x="{x + width / 2:.1f}" y="{row * _ROW + 23}" font-size="17" '
                f'text-anchor="middle" style="fill:#fff">{use.layer + 1}</text>'
            )
    height = (last + 1) * _ROW
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="timeline">'
        f'<rect width="{_WIDTH}" height="{height}" fill="var(--card)"/>{"".join(boxes)}</svg>'
        '<p class="soft">One training step: the array, below it the local update unit, then the '
        "mover if weights live outside; numbers are layers.</p>"
    )
