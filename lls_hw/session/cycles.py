"""What a board did with its cycles."""

from dataclasses import asdict

from lls_hw.program.report import layer_phases, phases
from lls_hw.session.model import Model

__all__ = ["cycles_of"]


def cycles_of(model: Model) -> dict[str, object] | None:
    """Cycles of a model's last training step: counted by the board, or the prediction alone.

    None without an engine.
    """
    program, counters = model.program, model.counters
    if program is None:
        return None
    cycles = counters.cycles if counters else program.train_cycles
    found: dict[str, object] = {
        **(asdict(counters) if counters else {}),
        "predicted_cycles": program.train_cycles,
        "predicted_memory_wait_cycles": program.memory_wait,
        "cycles_per_sample": cycles / program.batch,
        "utilisation": program.macs / (program.config.macs_per_cycle * cycles),
        "phases": [asdict(use) for use in layer_phases(phases(program, model.trace))],
    }
    if counters:
        beats = counters.forward_beats + counters.gradient_beats
        found["array_busy"] = beats / counters.cycles
    return found
