"""Picture of a compiled network: memories, units over time, utilisation; needs matplotlib."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lls_hw.contract.memories import Memory
from lls_hw.contract.units import Operation
from lls_hw.errors import LlsError
from lls_hw.network.network import IMAGE
from lls_hw.program.compiler import Program
from lls_hw.program.memory import kept, stays
from lls_hw.program.report import PHASES, PhaseUse, layer_phases, phases
from lls_hw.program.traffic import PortCycles, planned_ports
from lls_hw.tools.files import save_figure
from lls_hw.tools.packages import require
from lls_hw.tools.style import (
    CAPACITY,
    LAYERS,
    PARTS,
    PHASE_COLOURS,
    USE_COLOURS,
    drawing,
    engineering,
    ink_on,
    legend_above,
)

__all__ = ["draw"]

_UNITS = {
    PHASES[operation]: name
    for operation, name in (
        (Operation.FORWARD, "array"),
        (Operation.GRADIENT, "array"),
        (Operation.LOCAL, "local update unit"),
        (Operation.FILL, "mover"),
        (Operation.WRITE_BACK, "mover"),
    )
}
"""What works on each phase."""


def draw(
    program: Program,
    path: Path,
    uses: list[PhaseUse] | None = None,
    ports: Sequence[PortCycles] | None = None,
) -> None:
    """Draws the plan, or what a board measured (`uses`, `ports`), to a PNG or SVG file."""
    require("matplotlib", "A picture needs matplotlib")
    from matplotlib.figure import Figure

    uses = uses or phases(program)
    ports = planned_ports(program) if ports is None else ports
    with drawing():
        figure = Figure(figsize=(14, 13 if ports else 11.5), layout="constrained")
        _draw(figure, program, uses, ports)
        try:
            save_figure(path, figure, dpi=120)
        except OSError as error:
            raise LlsError(
                f"{path} cannot be written ({error.strerror}); choose another."
            ) from error


def _draw(figure: Any, program: Program, uses: list[PhaseUse], ports: Sequence[PortCycles]) -> None:
    """All panels."""
    grid = figure.add_gridspec(3 + bool(ports), 2, height_ratios=[3] * 3 + [1] * bool(ports))
    full, units, against, activations, shares, signs = (
        figure.add_subplot(grid[row, column]) for row in range(3) for column in range(2)
    )
    if ports:
        _ports(figure.add_subplot(grid[3, :]), ports)
    _fullness(full, program)
    _against_backpropagation(against, program)
    _shares(shares, program, uses)
    _units(units, program, uses)
    _places(activations, program, Memory.ACTIVATION)
    _places(signs, program, Memory.SIGN)
    for axes in (units, activations, signs):
        axes.set_xlim(0, program.train_cycles)
        axes.set_xlabel("cycle of a training step; numbers are layers")
        engineering(axes.xaxis)
    title = f"{program.network.name}, batch {program.batch}, {program.utilisation:.1%} utilisation"
    figure.suptitle(
        f"{title}, {program.config.rows} × {program.config.cols} array", x=0.01, ha="left"
    )


def _fullness(axes: Any, program: Program) -> None:
    """How full each memory is."""
    memories = program.memories[::-1]
    shares = [100 * use.used / use.depth for use in memories]
    bars = axes.barh([use.name for use in memories], shares, color=CAPACITY)
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.set_title("Memories")
    axes.set_xlabel("% used")
    axes.set_xlim(0, 110)
    axes.grid(visible=False, axis="y")


def _against_backpropagation(axes: Any, program: Program) -> None:
    """What a step keeps beside the weights, stacked by kind."""
    names = ("backpropagation\nwould keep", "local learning\nkeeps")
    left = [0.0, 0.0]
    for row, colour in zip(kept(program), PARTS, strict=False):
        sizes = [row.backward / 8192, row.local / 8192]
        axes.barh(names, sizes, left=left, label=row.what, color=colour)
        left = [a + b for a, b in zip(left, sizes, strict=True)]
    for name, total in zip(names, left, strict=True):
        axes.text(total, name, f" {total:,.1f}", va="center")
    axes.set_title("What a training step keeps beside the weights")
    axes.set_xlim(0, 1.12 * max(left))
    axes.set_xlabel("KiB")
    axes.grid(visible=False, axis="y")
    legend_above(axes, columns=4)


def _units(axes: Any, program: Program, uses: list[PhaseUse]) -> None:
    """Which unit does what, over time."""
    width = 0.0 if program.plan.windows else 1.0
    for use in uses:
        unit, colour = _UNITS[use.phase], PHASE_COLOURS[use.phase]
        axes.barh(
            unit, use.cycles, left=use.start, color=colour, edgecolor="white", linewidth=width
        )
        if use.cycles > program.train_cycles / 40:
            middle = use.start + use.cycles / 2
            axes.text(middle, unit, use.layer + 1, color=ink_on(colour), ha="center", va="center")
    used = {use.phase for use in uses}
    handles = [
        axes.barh("array", 0, color=colour, label=name)
        for name, colour in PHASE_COLOURS.items()
        if name in used
    ]
    axes.set_title("Units")
    axes.grid(visible=False, axis="y")
    legend_above(axes, handles=handles)


def _ports(axes: Any, ports: Sequence[PortCycles]) -> None:
    """What the ports of the external memory do with their cycles."""
    for port in ports[::-1]:
        left = 0.0
        for use, colour in USE_COLOURS.items():
            share, ink = 100 * port.share(use), ink_on(colour)
            axes.barh(port.port, share, left=left, color=colour)
            if share > 4:
                middle = left + share / 2
                axes.text(middle, port.port, f"{share:.0f}", color=ink, ha="center", va="center")
            left += share
    handles = [
        axes.barh(ports[0].port, 0, color=colour, label=use) for use, colour in USE_COLOURS.items()
    ]
    axes.set_title("Ports of the external memory")
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of their cycles")
    axes.grid(visible=False, axis="y")
    legend_above(axes, handles=handles)


def _places(axes: Any, program: Program, memory: Memory) -> None:
    """What lies where in a memory, and when it is in use."""
    depth = memory.depth(program.config)
    for stay in stays(program):
        if stay.memory != memory:
            continue
        width, height = stay.stop - stay.start, stay.region.words
        base = stay.region.base
        axes.bar(
            stay.start, height, width, base, align="edge", edgecolor="white",
            color=LAYERS[stay.layer % len(LAYERS)],
        )  # fmt: skip
        name = "inputs" if stay.layer == IMAGE else stay.layer + 1
        if height > depth / 30:
            middle = (stay.start + width / 2, base + height / 2)
            axes.text(*middle, name, ha="center", va="center")
    axes.axhline(depth, color="#14191f", linestyle="--", label="size")
    axes.set_title(f"{str(memory).capitalize()} over time")
    axes.set_ylim(0, 1.05 * depth)
    axes.set_ylabel("words")
    engineering(axes.yaxis)
    legend_above(axes)


def _shares(axes: Any, program: Program, uses: list[PhaseUse]) -> None:
    """Multiplier utilisation of each product, and of the whole step."""
    products = [use for use in layer_phases(uses) if use.macs]
    multipliers = program.config.macs_per_cycle
    heights = [100 * use.utilisation(multipliers) for use in products]
    colours = [PHASE_COLOURS[use.phase] for use in products]
    bars = axes.bar(range(len(products)), heights, color=colours)
    axes.set_xticks(range(len(products)), [use.layer + 1 for use in products])
    axes.set_xlabel("layer, in the order of the step")
    for bar, height, colour in zip(bars, heights, colours, strict=True):
        place = (bar.get_x() + bar.get_width() / 2, 2)
        axes.text(*place, f"{height:.0f}", color=ink_on(colour), ha="center", va="bottom")
    line = axes.axhline(
        100 * program.utilisation, color="#14191f", linestyle="--", label="whole step"
    )
    kinds = dict.fromkeys(use.phase for use in products)
    handles = [axes.bar(0, 0, color=PHASE_COLOURS[kind], label=kind) for kind in kinds]
    axes.set_title("Use of the multipliers")
    axes.set_ylabel("%")
    axes.set_ylim(0, 105)
    axes.grid(visible=False, axis="x")
    legend_above(axes, handles=[*handles, line])
