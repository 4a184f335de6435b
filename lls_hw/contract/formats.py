"""Number formats: the one definition of every width and constant of the integer arithmetic.

Golden model, gateware, compiler and documentation read them from here. `docs/numerics.md`
derives them.
"""

import math

__all__ = [
    "ACC_BITS",
    "ACT_BITS",
    "ACT_MAX",
    "CELL_BITS",
    "CLASS_BITS",
    "ERROR_MAX",
    "EXP2_TABLE",
    "EXPONENT_BITS",
    "EXPONENT_FRACTION",
    "LATENT_BITS",
    "LATENT_MAX",
    "LEVEL_BITS",
    "LOG2E",
    "LOG2E_FRACTION",
    "LOGIT_FRACTION",
    "MAGNITUDE_BITS",
    "MAX_BEATS",
    "MAX_FAN_IN",
    "MODULATED_FRACTION",
    "MODULATION_FRACTION",
    "MODULATION_GRADIENT_FRACTION",
    "MODULATION_LAYER",
    "MOMENTUM_SHIFT_MAX",
    "NOISE_BITS",
    "NOISE_INDEX_BITS",
    "ONE",
    "OPERAND_BITS",
    "PROBABILITY_FRACTION",
    "PRODUCT_BITS",
    "PSUM_BITS",
    "SCORE_FRACTION",
    "SHIFT_MAX",
    "SLOPE_SHIFT",
    "TEMPERATURE_SHIFTS",
    "UPDATE_SHIFT_MAX",
    "VELOCITY_BITS",
    "VELOCITY_MAX",
    "WEIGHT_BITS",
    "WEIGHT_MAX",
]

ACT_BITS = 8
"""Activations: signed, -127..127 (never -128)."""
ACT_MAX = 127
WEIGHT_BITS = 16
"""Weights: signed, -32767..32767 (never -32768)."""
WEIGHT_MAX = 32767
ERROR_MAX = 127
"""Quantised errors: signed 8 bit, -127..127."""
SLOPE_SHIFT = 3
"""LeakyReLU slope for negative inputs is 2**-SLOPE_SHIFT = 1/8."""
OPERAND_BITS = 16
"""Second operand of a multiplier: a weight, or an error times 1 or 8."""
PRODUCT_BITS = ACT_BITS + OPERAND_BITS - 1
PSUM_BITS = 32
"""Partial sums inside the array; also weight gradients."""
ACC_BITS = 36
"""Accumulator memory: one 36-bit block-RAM word."""
MAGNITUDE_BITS = ACC_BITS + SLOPE_SHIFT
"""|8 LeakyReLU(z)| of an accumulator z, one's complement."""
MAX_FAN_IN = (2 ** (ACC_BITS - 1) - 1) // (ACT_MAX * WEIGHT_MAX)
"""Largest fan-in whose accumulation provably fits ACC_BITS (8256)."""
MAX_BEATS = (2 ** (PSUM_BITS - 1) - 1) // (ACT_MAX * (ERROR_MAX << SLOPE_SHIFT))
"""Largest batch x pixels whose weight gradient provably fits PSUM_BITS (16643)."""
SHIFT_MAX = 31
"""Largest requantisation shift of a layer."""

CELL_BITS = 2
"""The latents of a map are the sums of at most 2**CELL_BITS cells in each direction."""
LATENT_BITS = 18
"""Latents u, scaled errors M and classifier logits: signed 18 bit."""
LATENT_MAX = 2 ** (LATENT_BITS - 1) - 1
LOGIT_FRACTION = 8
"""Classifier logits are read as Q8 numbers."""
EXPONENT_FRACTION = 8
"""Softmax exponents (base 2) carry this many fraction bits."""
PROBABILITY_FRACTION = 15
"""Probabilities and errors e = p - onehot are Q15; one is 32768."""
ONE = 1 << PROBABILITY_FRACTION
LOG2E_FRACTION = 14
LOG2E = round(math.log2(math.e) * (1 << LOG2E_FRACTION))
"""log2(e) in Q14 (23637)."""
EXP2_TABLE = tuple(
    round(ONE * 2.0 ** (-i / (1 << EXPONENT_FRACTION))) for i in range(1 << EXPONENT_FRACTION)
)
"""EXP2_TABLE[f] = round(2**15 * 2**(-f / 256)), 16 bit unsigned."""
CLASS_BITS = 8
"""A class number, a label, a prediction."""
EXPONENT_BITS = 6
"""Exponents of scaled errors are 15..38."""
LEVEL_BITS = 7
"""Levels of a batch's errors, signed, are -31..3."""
TEMPERATURE_SHIFTS = range(-3, 5)
"""Temperature T = 2**-t for t in this range."""

NOISE_BITS = 16
"""Fraction bits kept for stochastic rounding of a weight update."""
UPDATE_SHIFT_MAX = 47
"""Largest right shift from a weight gradient to a weight step."""
VELOCITY_BITS = 32
"""Momentum: velocities, in weight units with NOISE_BITS fraction bits."""
VELOCITY_MAX = 2 ** (VELOCITY_BITS - 1) - 1
MOMENTUM_SHIFT_MAX = 7
"""Momentum is 1 - 2**-s for s up to this; 0 for s = 0."""
NOISE_INDEX_BITS = 13
"""Bits of the fan-in index and of the fan-out index that enter the noise hash."""

SCORE_FRACTION = 11
"""Modulation: scores of the normalised latent are Q11, below 64."""
MODULATION_FRACTION = 12
"""Modulation: entries are int16 like weights, Q12: -8..8."""
MODULATED_FRACTION = 12
"""Modulation: errors in front of it are Q12; there they may reach 16."""
MODULATION_GRADIENT_FRACTION = 16
"""Modulation: gradients of its entries are Q16, 32 bit."""
MODULATION_LAYER = 16
"""Modulation: set in the layer number of the noise."""
