"""Cycle formulas of the array and the sequencer, exact; gateware and compiler share them."""

from lls_hw.contract.config import Config

__all__ = [
    "KEY_CYCLES", "MIN_PERIOD", "OUTPUT_CYCLES", "SETUP_CYCLES", "SHIFT_LATENCY",
    "flush_cycles", "forward_cycles", "gradient_cycles",
]  # fmt: skip

MIN_PERIOD = 4
"""Beats between two visits of the accumulator memory to one address."""
KEY_CYCLES = 48
"""Cycles before a weight gradient in which the noise keys are made."""
SHIFT_LATENCY = 3
"""Cycles from an operation to the shifts of its layer: look-up, sum, limits."""
_ISSUE_CYCLES = 1
"""Cycles until an operation that is issued stands in its register."""
_START_CYCLES = 1
"""Cycles until its shifts stand in the array's registers."""
SETUP_CYCLES = _ISSUE_CYCLES + SHIFT_LATENCY + _START_CYCLES
"""Cycles from the issue of an array operation to its start: shifts are looked up."""
OUTPUT_CYCLES = 14
"""Cycles from the tiler's beat to its output in column 0, beside one for each row."""


def flush_cycles(config: Config) -> int:
    """Cycles after the last tile until every pipeline of the array is empty."""
    return 2 * config.rows + config.cols + OUTPUT_CYCLES + 5


def forward_cycles(
    config: Config, *, pixels: int, band: int, taps: int, in_tiles: int, out_tiles: int
) -> int:
    """Forward products of a layer: from start to idle.

    `pixels` of the whole batch are cut into bands; for each band all `taps` * `in_tiles` weight
    tiles are visited.
    """
    least = max(config.rows, MIN_PERIOD)
    bands, rest = divmod(pixels, band)
    beats = bands * max(band, least) + (max(rest, least) if rest else 0)
    return 1 + config.rows + out_tiles * taps * in_tiles * beats + flush_cycles(config)


def gradient_cycles(
    config: Config, *, pixels: int, taps: int, in_tiles: int, out_tiles: int
) -> int:
    """Weight gradient and update of a layer: from start to idle."""
    beats = max(pixels, 2 * config.rows, MIN_PERIOD)
    return KEY_CYCLES + out_tiles * taps * in_tiles * beats + flush_cycles(config)
