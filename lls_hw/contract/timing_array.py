"""Cycle formulas of the array and the sequencer, exact; gateware and compiler share them."""

from lls_hw.contract.config import Config
from lls_hw.contract.latency import (
    ACCUMULATE_LATENCY,
    ACT_WRITE_LATENCY,
    MAX_POOL_LATENCY,
    NOISE_KEY_CYCLES,
    RAM_LATENCY,
    RAM_WRITE_LATENCY,
    SETTINGS_LATENCY,
    TILER_LATENCY,
    normaliser_latency,
    output_latency,
)

__all__ = [
    "ISSUE_LATENCY", "KEY_CYCLES", "KEY_MARGIN", "MIN_PERIOD", "SETUP_CYCLES",
    "SHIFT_LATENCY", "START_CYCLES", "flush_cycles", "forward_cycles", "gradient_cycles",
]  # fmt: skip

MIN_PERIOD = RAM_LATENCY + ACCUMULATE_LATENCY + RAM_WRITE_LATENCY
"""Beats between two visits of the accumulator memory to one address."""
START_CYCLES = 1
"""Cycles from the start of a forward operation to the first weights of its preload."""
KEY_MARGIN = 7
"""Cycles from the complete noise keys to the first beat of a weight gradient."""
KEY_CYCLES = NOISE_KEY_CYCLES + KEY_MARGIN
"""Cycles before a weight gradient in which the noise keys are made."""
ISSUE_LATENCY = 1
"""Cycles from the issue of an array operation to its descriptor in the array's register."""
SHIFT_LATENCY = 3
"""Cycles from a descriptor to the shifts of its layer."""
SETUP_CYCLES = ISSUE_LATENCY + SHIFT_LATENCY + SETTINGS_LATENCY
"""Cycles from the issue of an array operation to its start: column 0 has its shifts."""


def flush_cycles(config: Config) -> int:
    """Cycles after the last tile until every pipeline of the array is empty.

    A gradient needs twice the rows to drain, so a forward operation's last output is written up to
    `rows` cycles earlier. A normaliser's latency hides there.
    """
    last_column = TILER_LATENCY + output_latency(config) + config.cols - 1
    drain = max(config.rows - normaliser_latency(config), 0)
    return last_column + MAX_POOL_LATENCY + ACT_WRITE_LATENCY + drain


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
    preload = START_CYCLES + config.rows
    return preload + out_tiles * taps * in_tiles * beats + flush_cycles(config)


def gradient_cycles(
    config: Config, *, pixels: int, taps: int, in_tiles: int, out_tiles: int
) -> int:
    """Weight gradient and update of a layer: from start to idle."""
    beats = max(pixels, 2 * config.rows, MIN_PERIOD)
    return KEY_CYCLES + out_tiles * taps * in_tiles * beats + flush_cycles(config)
