"""Cycle formulas of the sequencer, exact; gateware and compiler share them."""

from lls_hw.contract.descriptor import WORDS
from lls_hw.contract.timing_array import SETUP_CYCLES
from lls_hw.contract.units import Unit

__all__ = ["FETCH_CYCLES", "PROGRAM_LATENCY", "issue_cycles"]

PROGRAM_LATENCY = 2
"""Cycles from the address of a word of the program memory to the word."""
FETCH_CYCLES = WORDS + PROGRAM_LATENCY
"""Cycles that fetch one descriptor."""


def issue_cycles(unit: Unit) -> int:
    """Cycles from the issue of an operation to its start on the unit."""
    return SETUP_CYCLES if unit is Unit.ARRAY else 0
