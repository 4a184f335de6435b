"""Cycle formulas of the sequencer, exact; gateware and compiler share them."""

from lls_hw.contract.descriptor import WORDS
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.contract.timing_array import SETUP_CYCLES
from lls_hw.contract.units import Unit

__all__ = ["FETCH_CYCLES", "issue_cycles"]

FETCH_CYCLES = WORDS + RAM_LATENCY
"""Cycles that fetch one descriptor: a word a cycle from the program memory."""


def issue_cycles(unit: Unit) -> int:
    """Cycles from the issue of an operation to its start on the unit."""
    return SETUP_CYCLES if unit is Unit.ARRAY else 0
