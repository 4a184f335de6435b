"""What a compiled network does with an engine: memories, cycles, utilisation, as tables."""

from dataclasses import dataclass, replace

from rich.table import Table

from lls_hw.contract.descriptor import ArrayDescriptor, Descriptor
from lls_hw.contract.formats import ACT_BITS, LATENT_BITS
from lls_hw.contract.units import Operation
from lls_hw.program.compiler import Program
from lls_hw.program.memory import kept, live_peak, stays
from lls_hw.program.stored import fetch_cycles, link_bytes, room

__all__ = ["PHASES", "PhaseUse", "layer_phases", "phases", "step_table", "tables"]

PHASES = {
    Operation.FORWARD: "forward",
    Operation.LOCAL: "learning signal",
    Operation.GRADIENT: "weight gradient",
    Operation.FILL: "weights in",
    Operation.WRITE_BACK: "weights out",
}
"""What each operation is called."""


_MORE = (
    f"Local learning keeps more here: each output of a fully connected layer is a latent, and a "
    f"latent and its error take {LATENT_BITS} bits each, in all layers at once. Backpropagation "
    f"keeps errors of {ACT_BITS} bits, and of two layers at a time. Local learning saves memory "
    "where maps are larger than their latents: in convolutions."
)


@dataclass(frozen=True, kw_only=True)
class PhaseUse:
    """One operation of a training step, or all of a phase of a layer."""

    layer: int
    phase: str
    start: int
    cycles: int
    """In which its unit was busy with it."""
    macs: int
    operations: int = 1

    def utilisation(self, multipliers: int) -> float:
        """Share of the multiplier cycles that did a product of the network."""
        return self.macs / (multipliers * self.cycles)


def phases(program: Program, times: list[tuple[int, int]] | None = None) -> list[PhaseUse]:
    """Operations of a training step, in order; `times` are a board's own, as of its trace."""
    times = times or [(span.start, span.end) for span in program.spans]
    return [
        PhaseUse(
            layer=span.descriptor.layer,
            phase=PHASES[span.descriptor.operation],
            start=start,
            cycles=end - start,
            macs=_macs(program, span.descriptor),
        )
        for span, (start, end) in zip(program.spans, times, strict=True)
    ]


def _macs(program: Program, d: Descriptor) -> int:
    """Products of an operation, without padding."""
    if not isinstance(d, ArrayDescriptor):
        return 0
    shape, cols = program.network.geometry[d.layer], program.config.cols
    first = d.out_first * cols
    channels = min(d.out_tiles * cols, shape.channels - first)
    return program.batch * shape.macs // shape.channels * channels


def layer_phases(uses: list[PhaseUse]) -> list[PhaseUse]:
    """The operations of each phase of a layer as one, in the order in which they begin."""
    found: dict[tuple[int, str], PhaseUse] = {}
    for use in uses:
        key = use.layer, use.phase
        so_far = found.get(key, replace(use, cycles=0, macs=0, operations=0))
        found[key] = replace(
            so_far,
            cycles=so_far.cycles + use.cycles,
            macs=so_far.macs + use.macs,
            operations=so_far.operations + 1,
        )
    return list(found.values())


def tables(program: Program) -> list[Table]:
    """Memory plan, comparison with backpropagation, operations, totals."""
    total = Table(show_header=False)
    total.add_row("cycles of a training step", f"{program.train_cycles:,}")
    total.add_row("cycles of an inference run", f"{program.infer_cycles:,}")
    if program.plan.windows:
        total.add_row(
            "of them waiting for the external memory", f"{program.memory_wait:,} expected"
        )
    total.add_row("cycles per training sample", f"{program.train_cycles / program.batch:,.0f}")
    total.add_row("multiplier utilisation", f"{program.utilisation:.1%}")
    if program.config.external_depth:
        total.add_row("samples that fit the external memory", f"{room(program):,}")
        total.add_row("cycles that bring one of them", f"{fetch_cycles(program):,} expected")
        total.add_row("bytes of the link for it", f"{link_bytes(program):.1f} expected")
    return [
        _memory_table(program),
        _kept_table(program),
        step_table(program, phases(program)),
        total,
    ]


def _memory_table(program: Program) -> Table:
    """How full the memories are; what is in use at once would be enough, were it moved about."""
    table = Table(title="memories, in words", title_justify="left")
    for heading in ("memory", "used", "of", "", "in use at once"):
        table.add_column(heading, justify="left" if heading == "memory" else "right")
    places = stays(program)
    for use in program.memories:
        share, peak = f"{use.used / use.depth:.0%}", live_peak(places, use.name)
        row = (f"{use.used:,}", f"{use.depth:,}", share, f"{peak:,}" if peak else "")
        table.add_row(use.name, *row)
    return table


def _kept_table(program: Program) -> Table:
    """What a step keeps beside the weights, against what backpropagation would keep."""
    table = Table(title="memory of a training step, weights apart, KiB", title_justify="left")
    for heading in ("what", "local learning", "backpropagation"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    rows = kept(program)
    for row in rows:
        table.add_row(row.what, _kib(row.local), _kib(row.backward))
    local, backward = (sum(row.local for row in rows), sum(row.backward for row in rows))
    table.add_section()
    table.add_row("all", _kib(local), f"{_kib(backward)} ({backward / local:.2f} x)")
    if local > backward:
        table.caption, table.caption_justify = _MORE, "left"
    return table


def _kib(bits: int) -> str:
    return f"{bits / 8192:,.1f}" if bits else ""


def step_table(program: Program, uses: list[PhaseUse]) -> Table:
    """Operations of a training step by layer and phase.

    Weights are updated while the gradient's sums drain: that takes no cycles of its own.
    """
    multipliers = program.config.macs_per_cycle
    operations = Table(title="training step", title_justify="left")
    for heading in ("layer", "phase", "from cycle", "cycles", "utilisation"):
        operations.add_column(heading, justify="left" if heading == "phase" else "right")
    for use in layer_phases(uses):
        share = f"{use.utilisation(multipliers):.1%}" if use.macs else ""
        operations.add_row(
            str(use.layer + 1), use.phase, f"{use.start:,}", f"{use.cycles:,}", share
        )
    return operations
