"""Latencies of the local update unit's blocks, in cycles.

The gateware and the cycle formulas of `lls_hw.contract.timing_local` are sums of these.
"""

from lls_hw.contract.latency import BANKED_RAM_LATENCY, LATENT_LATENCY

__all__ = [
    "ALIGN_LATENCY", "COEFFICIENT_LATENCY", "DIFFERENCE_LATENCY", "DISTANCE_LATENCY",
    "DIVISION_START", "DOT_LATENCY", "ERROR_LATENCY", "ERROR_STORE_LATENCY",
    "FETCH_LATENCY", "GRADIENT_SUM_LATENCY", "LEVEL_LATENCY",
    "MODULATED_LATENCY", "MODULATION_SUM_LATENCY", "MULTIPLIER_LATENCY", "NORM_START", "NORM_STEPS",
    "ONEHOT_LATENCY", "POWER_LATENCY", "POWER_SHIFT_LATENCY", "POWER_SUM_LATENCY",
    "PROBABILITY_LATENCY", "PRODUCT_LATENCY", "RECIPROCAL_BITS", "ROOT_BITS",
    "SATURATE_LATENCY", "SCALE_LATENCY", "SECOND_HALF", "SHIFTER_LATENCY", "SQUARE_LATENCY",
    "TABLE_LATENCY", "TERM_LATENCY", "TREE_SUM_LATENCY", "UPDATE_WEIGHT_LATENCY",
]  # fmt: skip

# Memories and arithmetic that several blocks use.
ERROR_STORE_LATENCY = 1
"""Small memory, one a lane, without a register."""
MULTIPLIER_LATENCY = 3
"""Wide multiplier: operands, two products, their sum."""
SHIFTER_LATENCY = 2
"""Coarse and fine steps."""
PRODUCT_LATENCY = 1
"""Product of narrow operands that are registers already."""

# Both passes: from an address to the terms of the sums.
FETCH_LATENCY = LATENT_LATENCY
"""From a latent's address to the latent; from a pass's basis address to the entries."""
TERM_LATENCY = 1
"""Selection of u, -u or 0; a basis with a multiplier adds `timing_local.term_cycles`."""
SQUARE_LATENCY = 1
"""Square of a latent."""

# Norm.
NORM_START = 1
NORM_STEPS = 5
"""Pairs of zeros are shifted out in steps of 16, 8, 4, 2 and 1."""
ROOT_BITS = 16
"""Bits of the square root, one a cycle."""
DIVISION_START = 1
RECIPROCAL_BITS = 17
"""Bits of a quotient, one a cycle."""
SCALE_LATENCY = 1
"""Register of the scale of the scores."""

# Softmax, from one class to the next stage of the pipeline.
DISTANCE_LATENCY = 1
"""Distance of a logit to the largest one."""
TABLE_LATENCY = 2
"""Table of powers and the register at its output."""
POWER_SHIFT_LATENCY = 1
POWER_LATENCY = DISTANCE_LATENCY + TABLE_LATENCY + POWER_SHIFT_LATENCY
"""From a logit to its power."""
POWER_SUM_LATENCY = 1
PROBABILITY_LATENCY = 1 + PRODUCT_LATENCY
"""From a power to its probability; the power takes a register before its multiplier."""
ONEHOT_LATENCY = 1
"""From a probability to the error."""
ERROR_LATENCY = PROBABILITY_LATENCY + ONEHOT_LATENCY
"""From a power to its error."""

# Projection.
DOT_LATENCY = 1
"""Register of the product of errors and scores."""
SECOND_HALF = 1
"""The upper half of the product follows the lower one through the multiplier."""
ALIGN_LATENCY = 1
"""Register that puts both halves together for the shifter."""
COEFFICIENT_LATENCY = 1

# Scattering pass.
TREE_SUM_LATENCY = 1
"""Sum over the groups, after the tree over the lanes."""
DIFFERENCE_LATENCY = 1
"""Back-projection minus its component along the latent."""
SATURATE_LATENCY = 1
LEVEL_LATENCY = 2
"""From an error to the statistics of its sample: magnitude, length."""

# Modulation.
MODULATION_SUM_LATENCY = 1
"""Sum of products over a class."""
MODULATED_LATENCY = 1
"""Register of a modulated score or error."""
GRADIENT_SUM_LATENCY = 1
"""Sum of an entry's gradient over the samples."""
UPDATE_WEIGHT_LATENCY = BANKED_RAM_LATENCY
"""From a gradient to the value that it moves: as long as the read of a weight."""
