"""Networks on an engine: speed, step, memories and ports, for the page."""

from lls_hw.program.compiler import Program
from lls_hw.program.page import memory_bars, operations, port_bars, speed_bars
from lls_hw.program.report import phases
from lls_hw.program.speed import speed
from lls_hw.program.traffic import planned_ports
from lls_hw.tools.html import words

__all__ = ["network"]


def network(program: Program, frequency: float, baud: int) -> str:
    """Everything about one network; `frequency` in MHz."""
    rate = speed(program, frequency, baud)
    ports = port_bars(planned_ports(program))
    stored = (
        f" Of samples in the external memory, {rate.stored:,.0f} a second: the "
        f"{rate.stored_limit} limits."
        if rate.stored
        else ""
    )
    return (
        f"<h3>{words(program.network.name)}, batch {program.batch}</h3>"
        f"<p>{rate.samples:,.0f} training samples a second: the {rate.limit} limits.{stored} "
        f"{rate.cycles:,.0f} cycles a sample, {program.utilisation:.1%} of the multipliers busy "
        "with products of the network.</p>"
        + speed_bars(rate)
        + "<h3>Its training step</h3>"
        + operations(program, phases(program))
        + "<h3>Its memories</h3>"
        + memory_bars(program)
        + (f"<h3>Ports of its external memory</h3>{ports}" if ports else "")
    )
