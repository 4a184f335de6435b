"""Widths of the values inside the local update unit; `docs/local_update_unit.md` derives them."""

from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS, LATENT_BITS, PROBABILITY_FRACTION

__all__ = [
    "ALONG_BITS", "COEFFICIENT_BITS", "DOT_BITS", "ERROR_BITS", "LENGTH_BITS", "LOGIT_BITS",
    "NORM_EXPONENT_BITS", "NORM_MANTISSA_BITS", "POWER_BITS", "POWER_SUM_BITS", "SCORE_BITS",
    "SQUARE_BITS", "VOTE_BITS", "back_bits", "error_term_bits", "score_term_bits",
]  # fmt: skip

LENGTH_BITS = 12
"""A number of latents."""
SQUARE_BITS = 46
"""4095 squares of 18-bit numbers."""
SCORE_BITS = 30
"""4095 signed 18-bit latents."""
NORM_MANTISSA_BITS = 16
NORM_EXPONENT_BITS = 5
LOGIT_BITS = 20
"""Logits times 2**EXPONENT_FRACTION and log2(e)."""
VOTE_BITS = LOGIT_BITS + 4
"""Sum of the logits of 16 layers."""
POWER_BITS = PROBABILITY_FRACTION + 1
POWER_SUM_BITS = POWER_BITS + CLASS_BITS
ERROR_BITS = PROBABILITY_FRACTION + 2
"""p - onehot, -ONE..ONE; in front of a modulation -2 ONE..2 ONE, both exclusive."""
DOT_BITS = SCORE_BITS + ERROR_BITS
"""Sum of errors times scores: the errors of a sample have magnitude 2 ONE together."""
ALONG_BITS = 24
COEFFICIENT_BITS = ALONG_BITS + 1


def score_term_bits(config: Config) -> int:
    """Bits of a latent times an entry, which is at most 2**(basis_bits - 1) - 1."""
    return LATENT_BITS + config.basis_bits - 1


def error_term_bits(config: Config) -> int:
    """Bits of an error times an entry; -1 times an error takes no more than the error."""
    return ERROR_BITS + (BASIS_FRACTION if config.basis_bits > 2 else 0)


def back_bits(config: Config) -> int:
    """Bits of a sum of error terms over all classes.

    Errors of a sample have magnitude 2 ONE together, so no sum of them needs more than one bit
    beyond theirs; in front of a modulation, each may be that large.
    """
    fraction = BASIS_FRACTION if config.basis_bits > 2 else 0
    return ERROR_BITS + 1 + fraction + (CLASS_BITS if config.modulation_depth else 0)
