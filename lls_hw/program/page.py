"""What a compiled network does with an engine, for pages: speed, step, memories, ports."""

from collections.abc import Sequence

from lls_hw.contract.counters import USES
from lls_hw.network.layers import Conv
from lls_hw.network.network import Network
from lls_hw.program.compiler import Program
from lls_hw.program.report import PHASES, PhaseUse, layer_phases
from lls_hw.program.speed import Speed
from lls_hw.program.traffic import PortCycles
from lls_hw.tools.html import bar, bars, details, legend, table
from lls_hw.tools.style import CAPACITY, PHASE_COLOURS, USE_COLOURS, ink_on

__all__ = ["layer_table", "memory_bars", "operations", "port_bars", "speed_bars", "timeline"]

_ROWS = {"learning signal": 1, "weights in": 2, "weights out": 2}
"""Rows of the timeline, but for the array's, the first."""
_UNITS = ("array", "local update unit", "mover")
_LISTED = 16
"""Operations that are listed without unfolding."""
_NUMBERED = 4
"""Per cent of the step from which an operation says its layer."""


def speed_bars(rate: Speed) -> str:
    """Samples a second of the engine, of the line, and of both together."""
    shown = {"engine alone": rate.engine, f"{rate.line_name} alone": rate.link,
             "both, overlapping": rate.samples}  # fmt: skip
    if rate.stored:
        shown["of stored samples"] = rate.stored
    largest = max(shown.values())
    return bars(
        bar(name, [(value / largest, CAPACITY)], f"{value:,.0f} samples/s")
        for name, value in shown.items()
    )


def operations(program: Program, uses: list[PhaseUse]) -> str:
    """Timeline of a training step and the operations of each layer."""
    multipliers = program.config.macs_per_cycle
    shown = layer_phases(uses)
    rows = [
        (
            f"{use.layer + 1}, {use.phase}",
            f"{use.start:,}",
            f"{use.cycles:,}",
            f"{use.utilisation(multipliers):.1%}" if use.macs else "",
        )
        for use in shown
    ]
    hues = [PHASE_COLOURS[use.phase] for use in shown]
    headings = ("layer, operation", "from cycle", "cycles", "multipliers used")
    listed = table(headings, rows, hues)
    return timeline(uses) + (listed if len(rows) <= _LISTED else details("operations", listed))


def timeline(uses: list[PhaseUse]) -> str:
    """The units over a training step, a row each; numbers are layers."""
    rows: list[list[str]] = [[] for _ in range(1 + max(_ROWS.get(use.phase, 0) for use in uses))]
    cycles = max(use.start + use.cycles for use in uses)
    for use in uses:
        hue = PHASE_COLOURS[use.phase]
        start, width = (100 * value / cycles for value in (use.start, use.cycles))
        number = str(use.layer + 1) if width > _NUMBERED else ""
        rows[_ROWS.get(use.phase, 0)].append(
            f'<i style="left:{start:.2f}%;width:{width:.2f}%;background:{hue};'
            f'color:{ink_on(hue)}">{number}</i>'
        )
    used = {use.phase for use in uses}
    hues = {phase: PHASE_COLOURS[phase] for phase in PHASES.values() if phase in used}
    units = ", below it the ".join(_UNITS[: len(rows)])
    return (
        legend(hues)
        + "".join(f'<div class="row">{"".join(boxes)}</div>' for boxes in rows)
        + f'<p class="soft">One training step of {cycles:,} cycles: the {units}. Numbers are '
        "layers.</p>"
    )


def memory_bars(program: Program) -> str:
    """How full each memory of the engine is."""
    return bars(
        bar(use.name, [(use.used / use.depth, CAPACITY)], f"{use.used:,} of {use.depth:,}")
        for use in program.memories
    )


def port_bars(ports: Sequence[PortCycles]) -> str:
    """What the ports of the external memory did with their cycles; nothing without any."""
    if not ports:
        return ""
    shown = bars(
        bar(
            port.port,
            [(port.share(use), USE_COLOURS[use]) for use in USES],
            ", ".join(f"{port.share(use):.1%} {use}" for use in USES),
        )
        for port in ports
    )
    rows = [(port.port, *(f"{getattr(port, use):,}" for use in USES)) for port in ports]
    return legend(USE_COLOURS) + shown + table(("port, cycles", *USES), rows)


def layer_table(network: Network) -> str:
    """The layers of a network."""
    rows = [
        (
            f"{number}, {'convolution' if isinstance(layer, Conv) else 'fully connected'}",
            f"{shape.in_channels} × {shape.in_height} × {shape.in_width}",
            f"{shape.channels}",
            _extras(layer),
        )
        for number, (layer, shape) in enumerate(
            zip(network.layers, network.geometry, strict=True), 1
        )
    ]
    return table(("layer", "input", "outputs", ""), rows)


def _extras(layer: object) -> str:
    """What a convolution does beside its products."""
    if not isinstance(layer, Conv):
        return ""
    parts = [f"{layer.kernel} × {layer.kernel}"]
    if layer.stride != 1:
        parts.append(f"stride {layer.stride}")
    parts += [name for name in ("pool", "average") if getattr(layer, name)]
    return ", ".join(parts)
