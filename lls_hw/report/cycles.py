"""What a board did with the cycles of its last training step."""

from lls_hw.contract.counters import Counters
from lls_hw.program.page import memory_bars, operations, port_bars
from lls_hw.program.report import phases
from lls_hw.program.traffic import counted_ports, planned_ports
from lls_hw.session.cycles import cycles_of
from lls_hw.session.model import Model
from lls_hw.tools.html import bar, bars, section
from lls_hw.tools.style import IDLE, PHASE_COLOURS

__all__ = ["cycles_sections"]


def cycles_sections(model: Model) -> list[str]:
    """Counters, timeline, operations, memories and ports; of an engine that has them."""
    program, cycles = model.program, cycles_of(model)
    if program is None or cycles is None:
        return [
            section(
                "Cycles",
                "<p>The golden model of no engine has no cycles. With a preset, such as "
                "golden:small, it predicts them; a board counts them.</p>",
            )
        ]
    counted = model.counters is not None
    said = "counted by the board" if counted else "predicted, and equal to what a board counts"
    ports = counted_ports(model.counters) if model.counters else planned_ports(program)
    ported = port_bars(ports)
    return [
        section(
            "Cycles",
            f"<p>{cycles['cycles_per_sample']:,.0f} cycles a training sample ({said}); "
            f"{cycles['utilisation']:.1%} of the multipliers' cycles do products of the network. "
            f"{cycles['predicted_cycles']:,} cycles a step were predicted.</p>",
            _counters(model.counters) if model.counters else "",
            operations(program, phases(program, model.trace)),
        ),
        section("Memories", "<p>Words of the engine's memories in use.</p>", memory_bars(program)),
        section("Ports of the external memory", ported) if ported else "",
    ]


def _counters(counters: Counters) -> str:
    """The board's own counters, as shares of the step."""
    shown = (
        ("forward products", counters.forward_beats, PHASE_COLOURS["forward"]),
        ("gradient products", counters.gradient_beats, PHASE_COLOURS["weight gradient"]),
        ("local update unit", counters.local_cycles, PHASE_COLOURS["learning signal"]),
        ("array waits for it", counters.wait_cycles, IDLE),
        ("array waits for weights", counters.memory_wait_cycles, IDLE),
    )
    return bars(
        bar(name, [(count / counters.cycles, hue)], f"{count:,}, {count / counters.cycles:.1%}")
        for name, count, hue in shown
    )
