"""How samples lie in the external memory."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_SAMPLE", "SAMPLE_BITS", "pack_samples", "sample_elements"]

SAMPLE_BITS = 20
"""Bits of the number of int8 elements of a sample."""
LARGEST_SAMPLE = (1 << SAMPLE_BITS) - 1
"""Most int8 elements of a sample."""


def sample_elements(size: int) -> int:
    """Elements of the external memory for a label and `size` int8 elements."""
    return 1 + -(-size // 2)


def pack_samples(inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Elements of `Space.EXTERNAL` (N, `sample_elements`) of inputs (N, size) and labels (N,).

    A sample's label comes first, then its input, two int8 in each element, the first one low.
    """
    count, size = inputs.shape
    elements = np.zeros((count, sample_elements(size)), np.int16)
    elements[:, 0] = labels
    padded = np.zeros((count, 2 * (elements.shape[1] - 1)), np.int8)
    padded[:, :size] = inputs
    elements[:, 1:] = padded.view("<i2")
    return elements
