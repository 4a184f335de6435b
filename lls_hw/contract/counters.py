"""Counters of the last run, as the board counts them."""

from dataclasses import dataclass, fields

__all__ = ["COUNTER_BITS", "COUNTER_NAMES", "Counters"]

COUNTER_BITS = 32


@dataclass(frozen=True)
class Counters:
    """What the board did with the cycles of its last run.

    Each field is a counter in the gateware and a register of the same name.
    """

    cycles: int
    """From start to end of the run."""
    forward_beats: int
    """In which the array did forward products."""
    gradient_beats: int
    """In which the array did weight-gradient products."""
    local_cycles: int
    """In which the local update unit was busy."""
    wait_cycles: int
    """In which the array waited for the local update unit."""
    memory_wait_cycles: int
    """In which an idle array waited for the external memory alone."""


COUNTER_NAMES = tuple(field.name for field in fields(Counters))
