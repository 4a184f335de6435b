"""Where weights, inputs and basis entries lie, checked element by element."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.basis import square_basis
from lls_hw.config import preset
from lls_hw.program.packing import pack_basis, pack_inputs, pack_weights, unpack_weights

CONFIG = replace(preset("tiny"), rows=4, cols=2)


def test_weight_elements():
    w = np.arange(1, 6 * 5 + 1, dtype=np.int16).reshape(6, 5)
    elements = pack_weights(CONFIG, w, 2, 3)
    assert len(elements) == 2 * 3 * 4 * 2
    for i in range(8):
        for o in range(6):
            word = ((o // 2) * 2 + i // 4) * 4 + i % 4
            expected = w[i, o] if i < 6 and o < 5 else 0
            assert elements[word * 2 + o % 2] == expected
    assert (unpack_weights(CONFIG, elements, 6, 5, 2, 3) == w).all()
    elements[-1] = 1
    with pytest.raises(ValueError, match="padding"):
        unpack_weights(CONFIG, elements, 6, 5, 2, 3)


def test_input_elements():
    x = np.arange(10, dtype=np.int8).reshape(2, 5)
    assert pack_inputs(CONFIG, x).tolist() == [0, 1, 2, 3, 4, 0, 0, 0, 5, 6, 7, 8, 9, 0, 0, 0]


def test_basis_words():
    basis = square_basis(20, 7)
    words = pack_basis(CONFIG, basis, 7)
    assert len(words) == 2 * 7
    for k in range(20):
        for t in range(7):
            entry = int(words[k // 16 * 7 + t]) >> 2 * (k % 16) & 3
            assert (entry ^ 2) - 2 == basis[k, t]
    assert not (words[7:] >> 8).any()
