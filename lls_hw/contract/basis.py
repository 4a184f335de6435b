"""Bases: one fixed vector a class, which latents learn to synchronise with."""

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BASES", "BASIS_FRACTION", "BASIS_MAX", "FIRST_FREQUENCY", "LAST_FREQUENCY", "basis_shift",
    "cosine_basis", "make_basis", "sine_basis", "square_basis",
]  # fmt: skip

FIRST_FREQUENCY = 50
LAST_FREQUENCY = 512
"""Frequencies of the first and of the last class; the others lie between, equally spaced."""
BASIS_FRACTION = 7
"""Fraction bits of the cosine basis, whose entries are int8."""
BASIS_MAX = 127
BASES = ("square", "cosine")
"""Names of the waveforms; `cosine` is the paper's name of the sine itself."""

_INVERSE_TURN = 0x28BE60DB9391054A7F09D5F47D4D377036D8A5664F10E410
"""floor(2**192 / (2 pi))."""
_INVERSE_TURN_BITS = 192


def _numerators(classes: int) -> NDArray[np.int64]:
    """f_k (K - 1) of each class: whole numbers."""
    if classes < 2:
        raise ValueError(f"A basis of {classes} classes does not exist; there must be at least 2.")
    step = LAST_FREQUENCY - FIRST_FREQUENCY
    return FIRST_FREQUENCY * (classes - 1) + step * np.arange(classes, dtype=np.int64)


def square_basis(classes: int, length: int) -> NDArray[np.int8]:
    """B[k, t] = sign(sin(f_k t)), f_k = 50 + 462 k / (K - 1): (K, d) in {-1, 0, 1}.

    f_k t is a fraction with an exact integer numerator, rounded once to float64. That settles
    every sign: for K up to 256 and d up to 4096 no |sin|, except in column 0, which is 0, comes
    nearer to zero than eight times the rounding error.
    """
    phases = _numerators(classes)[:, None] * np.arange(length, dtype=np.int64) / (classes - 1)
    return np.sign(np.sin(phases)).astype(np.int8)


def _turns(classes: int, length: int) -> NDArray[np.float64]:
    """f_k t in turns, modulo one: the product with 1 / (2 pi (K - 1)) in 96-bit integers.

    The numerator is below 2**30, so what 96 bits cut off is less than 2**-66 of a turn.
    """
    numerators = (_numerators(classes)[:, None] * np.arange(length)).astype(np.uint64)
    inverse = _INVERSE_TURN // (classes - 1) >> _INVERSE_TURN_BITS - 96
    high, low = np.uint64(inverse >> 32), np.uint64(inverse & 0xFFFFFFFF)
    turns = numerators * high + (numerators * low >> np.uint64(32))
    return turns.astype(np.int64).astype(np.float64) * 2.0**-64


def sine_basis(classes: int, length: int) -> NDArray[np.float64]:
    """B[k, t] = sin(f_k t), f_k as in `square_basis`: (K, d); the paper calls it "cosine".

    The phase is exact to 2**-54 of a turn. The published code rounds f_k and f_k t to float32.
    """
    return np.sin(2 * np.pi * _turns(classes, length))


def cosine_basis(classes: int, length: int) -> NDArray[np.int8]:
    """B[k, t] = round(127 sin(f_k t)), f_k as in `square_basis`: (K, d), read as Q7 numbers.

    The phase is exact to 2**-54 of a turn, and with a sine of float64 127 sin(f_k t) to 1e-13. For
    K up to 256 and d up to 4096 none comes nearer to a half than 3e-9: the rounding is certain.
    """
    return np.rint(BASIS_MAX * sine_basis(classes, length)).astype(np.int8)


def make_basis(name: str, classes: int, length: int) -> NDArray[np.int8]:
    """The basis of that name, (K, d)."""
    return {"square": square_basis, "cosine": cosine_basis}[name](classes, length)


def basis_shift(name: str) -> int:
    """Fraction bits of the entries of that basis."""
    return BASIS_FRACTION if name == "cosine" else 0
