"""Square-wave basis: one fixed ternary vector a class, which latents learn to synchronise with."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIRST_FREQUENCY", "LAST_FREQUENCY", "sine_basis", "square_basis"]

FIRST_FREQUENCY = 50
LAST_FREQUENCY = 512
"""Frequencies of the first and of the last class; the others lie between, equally spaced."""


def square_basis(classes: int, length: int) -> NDArray[np.int8]:
    """B[k, t] = sign(sin(f_k t)), f_k = 50 + 462 k / (K - 1): (K, d) in {-1, 0, 1}.

    f_k t is a fraction with an exact integer numerator, rounded once to float64. That settles
    every sign: for K up to 256 and d up to 4096 no |sin|, except in column 0, which is 0, comes
    nearer to zero than eight times the rounding error.
    """
    if classes < 2:
        raise ValueError(f"A basis of {classes} classes does not exist; there must be at least 2.")
    step = LAST_FREQUENCY - FIRST_FREQUENCY
    numerators = FIRST_FREQUENCY * (classes - 1) + step * np.arange(classes, dtype=np.int64)
    phases = numerators[:, None] * np.arange(length, dtype=np.int64) / (classes - 1)
    return np.sign(np.sin(phases)).astype(np.int8)


def sine_basis(classes: int, length: int) -> NDArray[np.float64]:
    """B[k, t] = sin(f_k t) with the same frequencies: (K, d); the paper calls it "cosine".

    f_k t is rounded once to float64. The published code rounds f_k and f_k t to float32.
    """
    if classes < 2:
        raise ValueError(f"A basis of {classes} classes does not exist; there must be at least 2.")
    span, rows = LAST_FREQUENCY - FIRST_FREQUENCY, np.arange(classes, dtype=np.int64)
    steps = (FIRST_FREQUENCY * (classes - 1) + span * rows)[:, None] * np.arange(length)
    return np.sin(steps / (classes - 1))
