"""Picture of a compiled network: memories, units over time, utilisation; needs matplotlib."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lls_hw.contract.counters import USES
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

__all__ = ["draw"]

_COLOURS = dict(
    zip(
        PHASES.values(), ("tab:blue", "tab:orange", "tab:green", "tab:gray", "tab:red"), strict=True
    )
)
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
_PORT_COLOURS = dict(zip(USES, ("tab:gray", "tab:blue", "tab:red"), strict=True))


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
    figure = Figure(figsize=(15, 11 if ports else 10), layout="constrained")
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
    title = f"{program.network.name}, batch {program.batch}, {program.utilisation:.1%} utilisation"
    figure.suptitle(f"{title}, {program.config.rows} x {program.config.cols} array")
    try:
        save_figure(path, figure, dpi=120)
    except OSError as error:
        raise LlsError(f"{path} cannot be written ({error.strerror}); choose another.") from error


def _fullness(axes: Any, program: Program) -> None:
    """How full each memory is."""
    memories = program.memories[::-1]
    shares = [100 * use.used / use.depth for use in memories]
    bars = axes.barh([use.name for use in memories], shares)
    axes.bar_label(bars, fmt="%.0f", padding=2)
    axes.set_xlabel("% used")
    axes.set_xlim(0, 110)


def _against_backpropagation(axes: Any, program: Program) -> None:
    """What a step keeps beside the weights, stacked by kind."""
    names = ("backpropagation\nwould keep", "local learning\nkeeps")
    left = [0.0, 0.0]
    for row in kept(program):
        sizes = [row.backward / 8192, row.local / 8192]
        axes.barh(names, sizes, left=left, label=row.what)
        left = [a + b for a, b in zip(left, sizes, strict=True)]
    for name, total in zip(names, left, strict=True):
        axes.text(total, name, f" {total:,.1f}", va="center")
    axes.set_xlim(0, 1.12 * max(left))
    axes.set_ylim(-0.5, 2.8)
    axes.set_xlabel("KiB of a training step, weights apart")
    axes.legend(loc="upper left", ncols=3, fontsize="small")


def _units(axes: Any, program: Program, uses: list[PhaseUse]) -> None:
    """Which unit does what, over time."""
    width = 0.0 if program.plan.windows else 1.0
    for use in uses:
        unit = _UNITS[use.phase]
        axes.barh(
            unit, use.cycles, left=use.start, color=_COLOURS[use.phase], edgecolor="white",
            linewidth=width,
        )  # fmt: skip
        if use.cycles > program.train_cycles / 40:
            axes.text(use.start + use.cycles / 2, unit, use.layer + 1, ha="center", va="center")
    used = {use.phase for use in uses}
    handles = [
        axes.barh("array", 0, color=colour, label=name)
        for name, colour in _COLOURS.items()
        if name in used
    ]
    axes.set_ylim(-0.5, len({_UNITS[phase] for phase in used}))
    axes.legend(handles=handles, loc="upper right", ncols=3, fontsize="small")


def _ports(axes: Any, ports: Sequence[PortCycles]) -> None:
    """What the ports of the external memory do with their cycles."""
    for port in ports[::-1]:
        left = 0.0
        for use, colour in _PORT_COLOURS.items():
            share = 100 * port.share(use)
            axes.barh(port.port, share, left=left, color=colour)
            if share > 4:
                axes.text(left + share / 2, port.port, f"{share:.0f}", ha="center", va="center")
            left += share
    handles = [
        axes.barh(ports[0].port, 0, color=colour, label=use)
        for use, colour in _PORT_COLOURS.items()
    ]
    axes.set_xlim(0, 100)
    axes.set_xlabel("ports of the external memory, % of their cycles")
    axes.legend(handles=handles, loc="upper right", ncols=3, fontsize="small")


def _places(axes: Any, program: Program, memory: Memory) -> None:
    """What lies where in a memory, and when it is in use."""
    depth = memory.depth(program.config)
    colours = ("tab:purple", "tab:cyan", "tab:olive", "tab:pink", "tab:brown")
    for stay in stays(program):
        if stay.memory != memory:
            continue
        width, height = stay.stop - stay.start, stay.region.words
        base = stay.region.base
        axes.bar(
            stay.start, height, width, base, align="edge", edgecolor="white",
            color=colours[stay.layer % len(colours)],
        )  # fmt: skip
        name = "inputs" if stay.layer == IMAGE else stay.layer + 1
        if height > depth / 40:
            middle = (stay.start + width / 2, base + height / 2)
            axes.text(*middle, name, ha="center", va="center")
    axes.axhline(depth, color="black", linestyle="--")
    axes.set_ylim(0, 1.05 * depth)
    axes.set_ylabel(f"{memory}, words")


def _shares(axes: Any, program: Program, uses: list[PhaseUse]) -> None:
    """Multiplier utilisation of each product, and of the whole step."""
    products = [use for use in layer_phases(uses) if use.macs]
    multipliers = program.config.macs_per_cycle
    heights = [100 * use.utilisation(multipliers) for use in products]
    bars = axes.bar(range(len(products)), heights, color=[_COLOURS[use.phase] for use in products])
    axes.set_xticks(range(len(products)), [use.layer + 1 for use in products])
    axes.set_xlabel("layer, in the order of the step")
    axes.bar_label(bars, fmt="%.0f")
    axes.axhline(100 * program.utilisation, color="black", linestyle="--", label="whole step")
    axes.set_ylabel("multipliers used, %")
    axes.set_ylim(0, 130)  # room for the legend above the bars
    axes.legend(loc="upper right")
