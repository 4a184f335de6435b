"""Sums over results: how many predictions were right, and the product of the probabilities.

The mean loss follows from the product. It is a number with MANTISSA_BITS bits and the number of
halvings, P = mantissa / 2**MANTISSA_BITS / 2**halvings. A result multiplies it by the probability
of its label and cuts off what is too small for the mantissa. That is less than 2**-22 of it: the
loss is exact to 3e-7 nats a sample.
"""

from dataclasses import dataclass
from math import log

from lls_hw.contract.formats import PROBABILITY_FRACTION

__all__ = ["MANTISSA_BITS", "TALLY", "TALLY_BITS", "ResultSums"]

TALLY = ("correct", "halvings", "mantissa")
"""Elements of `Space.TALLY`."""
TALLY_BITS = 32
"""Bits of an element; the first two count modulo 2**TALLY_BITS."""
MANTISSA_BITS = 24
_LEAST = 1 << MANTISSA_BITS - 1
"""The highest bit of the mantissa is always set."""


@dataclass(frozen=True)
class ResultSums:
    """What the board has counted since reset."""

    correct: int = 0
    halvings: int = 0
    mantissa: int = _LEAST

    def add(self, correct: bool, probability: int) -> "ResultSums":
        """With one more result, of Q15 `probability`; 0 counts as 2**-16."""
        product = self.mantissa * max(probability, 1)
        shift = MANTISSA_BITS + PROBABILITY_FRACTION - product.bit_length()
        return ResultSums(
            (self.correct + correct) % 2**TALLY_BITS,
            (self.halvings + shift + (probability == 0)) % 2**TALLY_BITS,
            product << shift >> PROBABILITY_FRACTION,
        )

    def correct_since(self, before: "ResultSums") -> int:
        """Right predictions after `before`."""
        return (self.correct - before.correct) % 2**TALLY_BITS

    def loss_since(self, before: "ResultSums") -> float:
        """Sum of the cross-entropies, in nats, of the results after `before`."""
        halvings = (self.halvings - before.halvings) % 2**TALLY_BITS
        return halvings * log(2) - log(self.mantissa / before.mantissa)
