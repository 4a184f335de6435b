"""Tables and pictures of the paper's two claims about cost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lls_hw.contract.config import preset
from lls_hw.network.file import load_network
from lls_hw.paper.accounting import Macs, Memory, Optimiser, activation_ratio, macs, memory
from lls_hw.paper.networks import Map, Plan, network
from lls_hw.paper.rules import rule
from lls_hw.program.compiler import compile_network
from lls_hw.program.report import phases
from lls_hw.tools.files import save_figure
from lls_hw.tools.style import PARTS, PHASE_COLOURS, drawing, legend_above

__all__ = ["CASES", "Case", "draw", "engine_table", "memory_table", "rule_table", "step_table"]

BATCHES = (1, 8, 32, 128, 512)
_ENGINES = (("tinyconv", "small", 8), ("smallconv", "lab", 8))
"""Network, preset and batch for the table of the accelerator's cycles."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network on images of a data set."""

    model: str
    input: Map
    classes: int

    @property
    def plan(self) -> Plan:
        """The network's shapes."""
        return network(self.model).plan(self.input, self.classes)

    def __str__(self) -> str:
        channels, height, width = self.input
        return f"{self.model} {height}x{width}x{channels}, K={self.classes}"


CASES = (
    Case(model="smallconv", input=(1, 28, 28), classes=10),
    Case(model="smallconv", input=(3, 32, 32), classes=10),
    Case(model="smallconvl", input=(3, 32, 32), classes=10),
    Case(model="smallconvl", input=(3, 32, 32), classes=100),
    Case(model="vgg8", input=(3, 32, 32), classes=10),
    Case(model="vgg8", input=(3, 32, 32), classes=100),
    Case(model="vgg8", input=(3, 64, 64), classes=200),
    Case(model="vgg8", input=(3, 128, 128), classes=2),
    Case(model="mobilenetv1", input=(3, 128, 128), classes=10),
)
"""Networks and data sets of the paper."""

Rows = list[list[str]]


def _mega(count: float) -> str:
    return f"{count / 1e6:,.3f} M"


def step_table(cases: tuple[Case, ...]) -> Rows:
    """Products of a sample with BP and with LLS."""
    rows = [["network", "parameters", "forward", "BP error", "LLS signal", "ratio",
             "step BP", "step LLS", "ratio"]]  # fmt: skip
    for case in cases:
        bp, lls = macs(case.plan, rule("bp")), macs(case.plan, rule("lls-square"))
        rows.append([
            str(case), f"{case.plan.parameters:,}", _mega(bp.forward), _mega(bp.signal),
            _mega(lls.signal), f"{bp.signal / lls.signal:,.1f}", _mega(bp.step), _mega(lls.step),
            f"{bp.step / lls.step:.2f}",
        ])  # fmt: skip
    return rows


def rule_table(case: Case, names: list[str], batch: int, optimiser: Optimiser) -> Rows:
    """Products and memory of a step with each rule."""
    rows = [["rule", "forward", "signal", "gradient", "update / sample", "step", "parameters",
             "optimiser", "gradients", "fixed", "activations", "error", "all numbers"]]  # fmt: skip
    for name in names:
        work: Macs = macs(case.plan, rule(name), optimiser)
        kept: Memory = memory(case.plan, rule(name), optimiser)
        rows.append([
            rule(name).title, _mega(work.forward), _mega(work.signal), _mega(work.gradient),
            _mega(work.update / batch), _mega(work.with_update(batch)),
            *(f"{n:,}" for n in (
                kept.parameters, kept.optimiser, kept.gradients, kept.fixed,
                batch * kept.activations, batch * kept.error, kept.total(batch),
            )),
        ])  # fmt: skip
    return rows


def _memory_ratio(plan: Plan, batch: int, optimiser: Optimiser) -> float:
    """Numbers that LLS keeps, over those that BP keeps."""
    lls, bp = (memory(plan, rule(name), optimiser) for name in ("lls-square", "bp"))
    return lls.total(batch) / bp.total(batch)


def memory_table(cases: tuple[Case, ...], optimiser: Optimiser) -> Rows:
    """Memory of LLS and BP: activations alone, and everything at several batches."""
    heads = [f"all, batch {batch}" for batch in BATCHES]
    rows = [["network", "activations BP / LLS", "each map once", *heads]]
    for case in cases:
        ratios = [f"{_memory_ratio(case.plan, batch, optimiser):.2f}" for batch in BATCHES]
        rows.append([
            str(case), f"{activation_ratio(case.plan):.2f}",
            f"{activation_ratio(case.plan, once=True):.2f}", *ratios,
        ])  # fmt: skip
    return rows


def _engine_cycles() -> dict[str, dict[str, int]]:
    """Cycles of a training step by phase, from the compiler; they equal the board's counters."""
    found: dict[str, dict[str, int]] = {}
    for name, engine, batch in _ENGINES:
        cycles: dict[str, int] = {}
        for use in phases(compile_network(load_network(name), preset(engine), batch)):
            cycles[use.phase] = cycles.get(use.phase, 0) + use.cycles
        found[f"{name}, {engine}, batch {batch}"] = cycles
    return found


def engine_table() -> Rows:
    """The accelerator's cycles of a training step by phase."""
    rows = [["engine", "forward", "learning signal", "weight gradient", "signal's share"]]
    for name, cycles in _engine_cycles().items():
        share = cycles["learning signal"] / sum(cycles.values())
        rows.append([
            name, *(f"{cycles[phase]:,}" for phase in rows[0][1:4]), f"{share:.1%}",
        ])  # fmt: skip
    return rows


def draw(path: Path, cases: tuple[Case, ...] = CASES) -> None:
    """Four plots: signal over classes, a whole step, memory over batch, the accelerator."""
    from matplotlib.figure import Figure

    with drawing():
        figure = Figure(figsize=(14, 10), layout="constrained")
        axes = figure.subplots(2, 2)
        _draw_signal(axes[0, 0])
        _draw_step(axes[0, 1], cases)
        _draw_memory(axes[1, 0], cases)
        _draw_engine(axes[1, 1])
        save_figure(path, figure, dpi=100)


def _draw_signal(axes: Any) -> None:
    classes = [2, 3, 5, 10, 20, 50, 100, 200]
    shapes = {(c.model, c.input): c for c in CASES}
    for model, size in shapes:
        ratios = []
        for k in classes:
            plan = network(model).plan(size, k)
            ratios.append(macs(plan, rule("bp")).signal / macs(plan, rule("lls-square")).signal)
        axes.plot(classes, ratios, marker=".", label=f"{model} {size[1]}x{size[2]}x{size[0]}")
    axes.axhline(300, color="black", linestyle="--", linewidth=1)
    axes.text(2, 330, "300x")
    axes.set(xscale="log", yscale="log", xlabel="classes", ylabel="products, BP / LLS",
             title="generation of the learning signal only")  # fmt: skip
    axes.set_ylim(0.5, 1e8)
    legend_above(axes, columns=3)


def _draw_step(axes: Any, cases: tuple[Case, ...]) -> None:
    phases = {"forward": "forward", "signal": "learning signal", "gradient": "weight gradient"}
    for index, case in enumerate(cases):
        whole = macs(case.plan, rule("bp")).step
        for offset, name in ((-0.2, "bp"), (0.2, "lls-square")):
            work, left = macs(case.plan, rule(name)), 0.0
            for part, phase in phases.items():
                width, colour = getattr(work, part) / whole, PHASE_COLOURS[phase]
                label = phase if index == 0 and name == "bp" else None
                axes.barh(index + offset, width, 0.36, left=left, color=colour, label=label)
                left += width
            axes.text(left + 0.01, index + offset, rule(name).title.split()[0], va="center",
                      fontsize=7)  # fmt: skip
    axes.set_yticks(range(len(cases)), [str(case) for case in cases], fontsize=8)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.12), xlabel="products of a step, BP = 1", title="a whole training step")
    axes.grid(visible=False, axis="y")
    legend_above(axes)


def _draw_memory(axes: Any, cases: tuple[Case, ...]) -> None:
    batches = [2**k for k in range(11)]
    for index, case in enumerate(cases):
        ratios = [_memory_ratio(case.plan, n, Optimiser.ADAMW_SCHEDULE_FREE) for n in batches]
        axes.plot(batches, ratios, marker=".", color=PARTS[index], label=str(case))
    axes.axhline(0.5, color="black", linestyle="--", linewidth=1)
    axes.set(xscale="log", ylim=(0, 1), xlabel="batch", ylabel="numbers kept, LLS / BP",
             title="memory of a step, schedule-free AdamW")  # fmt: skip
    legend_above(axes, columns=2)


def _draw_engine(axes: Any) -> None:
    phases = ("forward", "learning signal", "weight gradient")
    found = _engine_cycles()
    for index, cycles in enumerate(found.values()):
        left = 0.0
        for phase in phases:
            share, colour = cycles[phase] / sum(cycles.values()), PHASE_COLOURS[phase]
            label = phase if index == 0 else None
            axes.barh(index, share, 0.5, left=left, color=colour, label=label)
            place = 0.3 if phase == "learning signal" else 0.0
            axes.text(left + share / 2, index + place, f"{share:.1%}", ha="center", va="center",
                      fontsize=8)  # fmt: skip
            left += share
    axes.set_yticks(range(len(found)), list(found), fontsize=8)
    axes.set(xlabel="share of the cycles of a training step", xlim=(0, 1),
             title="cycles of the accelerator")  # fmt: skip
    axes.grid(visible=False, axis="y")
    legend_above(axes)
