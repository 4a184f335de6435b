"""What a compiled network does with an engine: memories, cycles, utilisation, as tables."""

from dataclasses import dataclass

from rich.table import Table

from lls_hw.contract.units import Operation
from lls_hw.program.compiler import Program
from lls_hw.program.memory import kept, live_peak, stays

__all__ = ["PHASES", "PhaseUse", "phases", "step_table", "tables"]

PHASES = {
    Operation.FORWARD: "forward",
    Operation.LOCAL: "learning signal",
    Operation.GRADIENT: "weight gradient",
}
"""What each operation is called."""


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


def phases(program: Program, times: list[tuple[int, int]] | None = None) -> list[PhaseUse]:
    """Operations of a training step, in order; `times` are a board's own, as of its trace."""
    times = times or [(span.start, span.end) for span in program.spans]
    geometry = program.network.geometry
    return [
        PhaseUse(
            layer=span.descriptor.layer,
            phase=PHASES[span.descriptor.operation],
            start=start,
            cycles=end - start,
            macs=0
            if span.descriptor.operation == Operation.LOCAL
            else program.batch * geometry[span.descriptor.layer].macs,
        )
        for span, (start, end) in zip(program.spans, times, strict=True)
    ]


def tables(program: Program) -> list[Table]:
    """Memory plan, comparison with backpropagation, operations, totals."""
    total = Table(show_header=False)
    total.add_row("cycles of a training step", f"{program.train_cycles:,}")
    total.add_row("cycles of an inference run", f"{program.infer_cycles:,}")
    total.add_row("cycles per training sample", f"{program.train_cycles / program.batch:,.0f}")
    total.add_row("multiplier utilisation", f"{program.utilisation:.1%}")
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
    for use in uses:
        share = f"{use.utilisation(multipliers):.1%}" if use.macs else ""
        operations.add_row(
            str(use.layer + 1), use.phase, f"{use.start:,}", f"{use.cycles:,}", share
        )
    return operations
