"""Units of the engine, and what they are asked to do."""

from enum import IntEnum

from lls_hw.contract.config import Config

__all__ = ["MAX_UNITS", "Operation", "Unit", "units_of"]

MAX_UNITS = 4
"""Bits of a descriptor's mask of units to wait for."""


class Unit(IntEnum):
    """What works on operations, each on one at a time."""

    ARRAY = 0
    """The systolic array with its memories."""
    LOCAL = 1
    """The local update unit."""
    MOVER = 2
    """Moves weights between the external memory and the weight memory."""


def units_of(config: Config) -> tuple[Unit, ...]:
    """The units that an engine has."""
    return tuple(unit for unit in Unit if unit is not Unit.MOVER or config.external_depth)


class Operation(IntEnum):
    """What a descriptor asks for."""

    END = 0
    """End of the program; `train` counts the run as a training step."""
    FORWARD = 1
    """Products, activation, latents of one layer."""
    LOCAL = 2
    """Learning signal of one layer (classifier: predictions as well)."""
    GRADIENT = 3
    """Weight gradient and weight update of one layer."""
    FILL = 4
    """Weights from the external memory to the weight memory."""
    WRITE_BACK = 5
    """Weights from the weight memory to the external memory."""

    @property
    def unit(self) -> Unit | None:
        """The unit that carries it out; None for END, which the sequencer does."""
        return _UNITS.get(self)


_UNITS = {
    Operation.FORWARD: Unit.ARRAY,
    Operation.GRADIENT: Unit.ARRAY,
    Operation.LOCAL: Unit.LOCAL,
    Operation.FILL: Unit.MOVER,
    Operation.WRITE_BACK: Unit.MOVER,
}
