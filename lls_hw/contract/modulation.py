"""Trainable modulation of the scores of a block: LLS-M and LLS-MxM."""

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.formats import MODULATION_FRACTION

__all__ = ["MODULATIONS", "initial_modulation", "modulation_words"]

MODULATIONS = ("none", "vector", "matrix")
"""Nothing, one number a class (LLS-M), or one for each pair of classes (LLS-MxM)."""


def initial_modulation(kind: str, classes: int) -> NDArray[np.int16]:
    """The identity: (K,) or (K, K) ones in Q12; empty for `none`.

    A block then starts as one without modulation.
    """
    one = np.full(classes if kind != "none" else 0, 1 << MODULATION_FRACTION, np.int16)
    return np.diag(one) if kind == "matrix" else one


def modulation_words(kind: str, classes: int) -> int:
    """Words of the modulation memory that a block takes."""
    return {"none": 0, "vector": classes, "matrix": classes**2}[kind]
