"""Cycle formulas of the array and the sequencer, exact; gateware and compiler share them."""

from lls_hw.config import Config
from lls_hw.program.descriptor import WORDS

__all__ = [
    "FETCH_CYCLES", "KEY_CYCLES", "MIN_PERIOD", "SETUP_CYCLES", "flush_cycles",
    "forward_cycles", "gradient_cycles", "period",
]  # fmt: skip

MIN_PERIOD = 4
"""Beats between two visits of the accumulator memory to one address."""
KEY_CYCLES = 48
"""Cycles before a weight gradient in which the noise keys are made."""
FETCH_CYCLES = WORDS + 2
"""Cycles that fetch one descriptor; the program memory answers after 2."""
SETUP_CYCLES = 5
"""Cycles from the issue of an array operation to its start: shifts are looked up."""


def period(config: Config, samples: int, gradient: bool) -> int:
    """Cycles from the first beat of a tile to the first beat of the next."""
    return max(samples, config.rows * (2 if gradient else 1), MIN_PERIOD)


def flush_cycles(config: Config) -> int:
    """Cycles after the last tile until every pipeline of the array is empty."""
    return 2 * config.rows + config.cols + 16


def forward_cycles(config: Config, samples: int, in_tiles: int, out_tiles: int) -> int:
    """Forward products of a layer: from start to idle."""
    tiles = in_tiles * out_tiles
    return 1 + config.rows + tiles * period(config, samples, False) + flush_cycles(config)


def gradient_cycles(config: Config, samples: int, in_tiles: int, out_tiles: int) -> int:
    """Weight gradient and update of a layer: from start to idle."""
    tiles = in_tiles * out_tiles
    return KEY_CYCLES + tiles * period(config, samples, True) + flush_cycles(config)
