"""Latencies of the array's blocks, in cycles.

The gateware's blocks take their class constants from here, and the cycle formulas of
`lls_hw.contract.timing_array` add them up. A latency goes from an input to the output that
belongs to it; a register has a latency of 1.
"""

from lls_hw.contract.config import Config
from lls_hw.contract.formats import NOISE_INDEX_BITS

__all__ = [
    "ACCUMULATE_LATENCY", "ACTIVATION_LATENCY", "ACT_WRITE_LATENCY", "BANKED_RAM_LATENCY",
    "BEAT_LATENCY", "CELL_AVERAGE_LATENCY", "CELL_TOTAL_LATENCY", "CHANNEL_LOAD_LATENCY",
    "ELEMENT_LATENCY", "ERROR_LEAD",
    "ERROR_SHIFT_LATENCY", "EXPANDER_LATENCY", "INPUT_LATENCY", "LATENT_LATENCY",
    "MAX_POOL_LATENCY", "MOMENTUM_UPDATE_LATENCY", "NOISE_HASH_LATENCY", "NOISE_KEY_CYCLES",
    "NORMALISE_LATENCY", "STATE_CYCLES",
    "OPERAND_LATENCY", "RAM_LATENCY", "RAM_WRITE_LATENCY", "SCALED_GRADIENT_LATENCY",
    "SETTINGS_LATENCY", "TILER_LATENCY", "UPDATE_LATENCY", "UPDATE_LEAD", "WIDE_RAM_LATENCY",
    "WIDE_RAM_WRITE_LATENCY", "forward_latency", "gradient_latency", "normaliser_latency",
    "output_latency",
    "update_latency", "word_latency",
]  # fmt: skip

TILER_LATENCY = 1
"""From a cycle of a tile to its beat."""
RAM_LATENCY = 2
"""Read of a memory: the block RAM and the register that follows it."""
RAM_WRITE_LATENCY = 1
"""From a write of a memory to the first read that sees it."""
BANKED_RAM_LATENCY = RAM_LATENCY + 1
"""Read of a memory in banks: after the memory, a register with the chosen bank's word."""
WIDE_RAM_LATENCY = 1 + BANKED_RAM_LATENCY
"""Read of a memory whose banks have registers of their own for what comes in."""
WIDE_RAM_WRITE_LATENCY = 1 + RAM_WRITE_LATENCY
"""From a write of such a memory to the first read that sees it."""
ACT_WRITE_LATENCY = 1 + WIDE_RAM_WRITE_LATENCY
"""From an activation's write to the first read that sees it: first the engine's or the host's
write is chosen, into a register."""
LATENT_LATENCY = RAM_LATENCY + 1
"""Read of a latent: after the memories, a register with the chosen column's word."""

INPUT_LATENCY = WIDE_RAM_LATENCY + 1
"""From the address of an activation to the array's x: after the memory, a register that takes
activations or a patch of the image."""
EXPANDER_LATENCY = 2
"""From an error and its shift to the array's second operand: shift, rounding."""
OPERAND_LATENCY = RAM_LATENCY + EXPANDER_LATENCY
"""From the address of an error to the operand; weights take as long."""
BEAT_LATENCY = INPUT_LATENCY - OPERAND_LATENCY
"""By so much the tiler's beat reaches the input memories before all the rest."""
ERROR_LEAD = 1
"""By so much an error enters the array before its x: the element's shadow register."""
ERROR_SHIFT_LATENCY = TILER_LATENCY - BEAT_LATENCY + ERROR_LEAD + RAM_LATENCY
"""Read of a sample's error shift: asked for when the tiler makes the beat, it arrives with the
error."""
SETTINGS_LATENCY = 1
"""From an operation's settings to column 0."""

ELEMENT_LATENCY = 3
"""Processing element, from x to the sum: operand, product, sum."""
ACCUMULATE_LATENCY = 1
"""From the array's sum to the accumulator's."""
ACTIVATION_LATENCY = 3
"""From an accumulator's sum to the activation, latent and sign: shift, rounding, saturation."""
CELL_TOTAL_LATENCY = 1
"""From a latent to the sum of its cell."""
CELL_AVERAGE_LATENCY = CELL_TOTAL_LATENCY + 2
"""From a latent to the average of its cell: sum, shift, rounding."""
NORMALISE_LATENCY = 4
"""From a wide output to the normalised one: two registers, scale, mean."""
CHANNEL_LOAD_LATENCY = 1 + RAM_LATENCY + 3
"""From the request for a tile's channel states to the first in column 0: address, memory, shifts
of the channel, its mean, the column's register."""
STATE_CYCLES = RAM_LATENCY + 3
"""From the address of a channel's state to its write: limits, unit and size, memory."""
MAX_POOL_LATENCY = 2
"""From a pixel to the output that it completes: largest of a pair, of two pairs."""

NOISE_KEY_CYCLES = 1 + 2 * (6 + 1) + 2 * NOISE_INDEX_BITS
"""From the start to the complete noise keys: two hashes of 6 rounds, then a key a cycle."""
NOISE_HASH_LATENCY = 2
"""From a weight's index to its noise."""
SCALED_GRADIENT_LATENCY = 2
"""From a gradient to its scaled value: a fine and a coarse shift."""
UPDATE_LATENCY = BANKED_RAM_LATENCY + 2
"""From a gradient, and the address of its weight, to the new weight: the weight arrives, changes,
and saturates."""
MOMENTUM_UPDATE_LATENCY = BANKED_RAM_LATENCY + 5
"""The same with momentum: the velocity arrives, decays, takes the gradient and becomes a step; the
weight changes, and saturates."""
UPDATE_LEAD = OPERAND_LATENCY + ELEMENT_LATENCY
"""From the last beat of a tile to the gradient of its first row in column 0, which meets its weight
and its noise there."""


def update_latency(config: Config) -> int:
    """From a gradient, and the address of its weight, to the new weight."""
    return MOMENTUM_UPDATE_LATENCY if config.momentum else UPDATE_LATENCY


def forward_latency(rows: int) -> int:
    """From x at the array's edge to the sum of column 0. Row r sees x r cycles late."""
    return rows - 1 + ELEMENT_LATENCY


def gradient_latency(row: int) -> int:
    """From the last x of a tile at the array's edge to a row's gradient in column 0.

    The row sees x `row` cycles late, and its gradient passes `row` elements on its way north.
    """
    return 2 * row + ELEMENT_LATENCY


def normaliser_latency(config: Config) -> int:
    """From a wide output to the output; 0 in an engine without channel states."""
    return NORMALISE_LATENCY if config.channel_depth else 0


def word_latency(config: Config) -> int:
    """From an activation, which is added to the sum of its cell, to the output."""
    return CELL_AVERAGE_LATENCY + normaliser_latency(config)


def output_latency(config: Config) -> int:
    """From the tiler's beat to its output in column 0."""
    product = BEAT_LATENCY + OPERAND_LATENCY + forward_latency(config.rows)
    return product + ACCUMULATE_LATENCY + ACTIVATION_LATENCY + word_latency(config)
