"""What a compiled network does with an engine: memories, cycles, utilisation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from lls_hw.errors import LlsError
from lls_hw.formats import ACT_BITS, LATENT_BITS
from lls_hw.program.compiler import Program
from lls_hw.program.descriptor import Operation

__all__ = [
    "Backpropagation", "PhaseUse", "backpropagation", "draw", "phases", "step_table", "tables",
]  # fmt: skip

_PHASES = {
    Operation.FORWARD: "forward",
    Operation.LOCAL: "learning signal",
    Operation.GRADIENT: "weight gradient",
}


@dataclass(frozen=True, kw_only=True)
class PhaseUse:
    """One operation of a training step."""

    layer: int
    phase: str
    start: int
    cycles: int
    macs: int

    def utilisation(self, multipliers: int) -> float:
        """Share of the multiplier cycles that did a product of the network."""
        return self.macs / (multipliers * self.cycles)


@dataclass(frozen=True, kw_only=True)
class Backpropagation:
    """Bits that one training step keeps beside its weights, with the same number formats."""

    local: int
    """Inputs, activations, signs, latents and errors of local learning, as planned here."""
    backward: int
    """Backpropagation: the same inputs, activations and signs, the place of each pooled maximum,
    and the int8 errors of the two largest neighbouring maps before pooling."""


def phases(program: Program, times: list[tuple[int, int]] | None = None) -> list[PhaseUse]:
    """Operations of a training step, in order; `times` are a board's own, as of its trace."""
    times = times or [(span.start, span.end) for span in program.spans]
    geometry = program.network.geometry
    return [
        PhaseUse(
            layer=span.descriptor.layer,
            phase=_PHASES[span.descriptor.operation],
            start=start,
            cycles=end - start,
            macs=0
            if span.descriptor.operation == Operation.LOCAL
            else program.batch * geometry[span.descriptor.layer].macs,
        )
        for span, (start, end) in zip(program.spans, times, strict=True)
    ]


def backpropagation(program: Program) -> Backpropagation:
    """Memory of a step against what backpropagation would need for network and batch."""
    batch, shapes = program.batch, program.network.geometry
    inputs = program.network.inputs * ACT_BITS
    kept, argmax, latents = inputs, 0, 0
    maps = [program.network.inputs]
    for shape in shapes:
        channels, height, width = shape.output
        outputs = shape.pixels * shape.channels
        kept += channels * height * width * ACT_BITS + outputs
        argmax += 2 * channels * height * width if shape.pool else 0
        latents += 2 * shape.latents * LATENT_BITS
        maps.append(outputs)
    errors = max(a + b for a, b in zip(maps[1:], maps[2:], strict=False)) if len(maps) > 2 else 0
    return Backpropagation(
        local=batch * (kept + latents), backward=batch * (kept + argmax + errors * ACT_BITS)
    )


def tables(program: Program) -> list[Table]:
    """Memory plan, operations, totals."""
    memory = Table(title="memories", title_justify="left")
    for heading in ("memory", "used", "of", ""):
        memory.add_column(heading, justify="left" if heading == "memory" else "right")
    for use in program.memories:
        memory.add_row(use.name, f"{use.used:,}", f"{use.depth:,}", f"{use.used / use.depth:.0%}")

    need = backpropagation(program)
    total = Table(show_header=False)
    total.add_row("cycles of a training step", f"{program.train_cycles:,}")
    total.add_row("cycles of an inference run", f"{program.infer_cycles:,}")
    total.add_row("cycles per training sample", f"{program.train_cycles / program.batch:,.0f}")
    total.add_row("multiplier utilisation", f"{program.utilisation:.1%}")
    total.add_row("memory of a step, this plan", f"{need.local / 8192:,.1f} KiB")
    total.add_row("with backpropagation", f"{need.backward / 8192:,.1f} KiB")
    return [memory, step_table(program, phases(program)), total]


def step_table(program: Program, uses: list[PhaseUse]) -> Table:
    """Operations of a training step by layer and phase.

    Weights are updated while the gradient's sums drain: that takes no cycles of its own.
    """
    multipliers = program.config.macs_per_cycle
    operations = Table(title="training step", title_justify="left")
    for heading in ("layer", "phase", "from cycle", "cycles", "utilisation"):
        operations.add_column(heading, justify="left" if heading == "phase" else "right")
    for use in uses:
        share = f"{use.utilisation(multipliers):.1%}" if use.macs else ""
        operations.add_row(
            str(use.layer + 1), use.phase, f"{use.start:,}", f"{use.cycles:,}", share
        )
    return operations


def draw(program: Program, path: Path, uses: list[PhaseUse] | None = None) -> None:
    """Picture of memories, units over time, utilisation by layer and phase; needs matplotlib."""
    uses = uses or phases(program)
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise LlsError(
            "A picture needs matplotlib; install it with `pip install 'lls-hw[plot]'`."
        ) from error
    figure = Figure(figsize=(10, 9), layout="constrained")
    memory, time, share = figure.subplots(3, 1)
    full = program.memories[::-1]
    memory.barh([use.name for use in full], [use.used / use.depth * 100 for use in full])
    memory.set_xlabel("% used")
    memory.set_xlim(0, 100)
    colours = dict(zip(_PHASES.values(), ("tab:blue", "tab:orange", "tab:green"), strict=True))
    for use in uses:
        unit = "local update unit" if use.phase == "learning signal" else "array"
        time.barh(unit, use.cycles, left=use.start, color=colours[use.phase], edgecolor="white")
        if use.cycles > program.train_cycles / 40:
            time.text(use.start + use.cycles / 2, unit, use.layer + 1, ha="center", va="center")
    handles = [time.barh("array", 0, color=colour, label=name) for name, colour in colours.items()]
    time.legend(handles=handles, loc="upper right")
    time.set_xlabel("cycle of a training step; numbers are layers")
    _draw_shares(share, program, uses, colours)
    title = f"{program.network.name}, batch {program.batch}, {program.utilisation:.1%} utilisation"
    figure.suptitle(f"{title}, {program.config.rows} x {program.config.cols} array")
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise LlsError(f"{path} cannot be written ({error.strerror}); choose another.") from error


def _draw_shares(
    axes: Any, program: Program, uses: list[PhaseUse], colours: dict[str, str]
) -> None:
    """Multiplier utilisation of each product, and of the whole step."""
    products = [use for use in uses if use.macs]
    multipliers = program.config.macs_per_cycle
    names = [f"{use.layer + 1}\n{use.phase.split()[-1]}" for use in products]
    heights = [100 * use.utilisation(multipliers) for use in products]
    bars = axes.bar(names, heights, color=[colours[use.phase] for use in products])
    axes.bar_label(bars, fmt="%.0f")
    axes.axhline(100 * program.utilisation, color="black", linestyle="--", label="whole step")
    axes.set_ylabel("multipliers used, %")
    axes.set_ylim(0, 110)
    axes.legend(loc="lower left")
