"""Where weights, inputs and basis entries lie, checked element by element."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.basis import cosine_basis, square_basis
from lls_hw.contract.channels import CHANNEL, MEAN_BITS, ChannelField
from lls_hw.contract.config import preset
from lls_hw.contract.packing import (
    pack_basis,
    pack_channels,
    pack_inputs,
    pack_weights,
    unpack_channels,
    unpack_weights,
)

CONFIG = replace(preset("tiny"), rows=4, cols=2)


@pytest.mark.parametrize("taps", [1, 9])
def test_weight_elements(taps):
    """6 channels a tap are 2 tiles of 4 rows; 5 outputs are 3 tiles of 2 columns."""
    w = np.arange(1, taps * 6 * 5 + 1, dtype=np.int16).reshape(taps * 6, 5)
    elements = pack_weights(CONFIG, w, taps, 2, 3)
    assert len(elements) == taps * 2 * 3 * 4 * 2
    for tap in range(taps):
        for i in range(8):
            for o in range(6):
                word = (((o // 2) * taps + tap) * 2 + i // 4) * 4 + i % 4
                expected = w[tap * 6 + i, o] if i < 6 and o < 5 else 0
                assert elements[word * 2 + o % 2] == expected
    assert (unpack_weights(CONFIG, elements, taps * 6, 5, taps, 2, 3) == w).all()


@pytest.mark.parametrize("place", [-1, 6 * 2])
def test_padding_that_is_not_zero_is_noticed(place):
    """The last column has no output; row 2 of the second tile has no channel."""
    elements = pack_weights(CONFIG, np.ones((12, 5), np.int16), 2, 2, 3)
    elements[place] = 1
    with pytest.raises(ValueError, match="padding"):
        unpack_weights(CONFIG, elements, 12, 5, 2, 2, 3)


def test_input_elements():
    """Every pixel begins a word of 4 channels."""
    x = np.arange(10, dtype=np.int8).reshape(2, 5)
    vector = [0, 1, 2, 3, 4, 0, 0, 0, 5, 6, 7, 8, 9, 0, 0, 0]
    assert pack_inputs(CONFIG, x, 5).tolist() == vector
    pixels = [k for n in range(10) for k in (n, 0, 0, 0)]
    assert pack_inputs(CONFIG, x, 1).tolist() == pixels


def test_basis_words():
    basis = square_basis(20, 7)
    words = pack_basis(CONFIG, basis, 7)
    lanes = CONFIG.lanes
    groups = -(-20 // lanes)
    assert len(words) == groups * 7
    for k in range(20):
        for t in range(7):
            entry = int(words[k // lanes * 7 + t]) >> 2 * (k % lanes) & 3
            assert (entry ^ 2) - 2 == basis[k, t]
    assert not (words[(groups - 1) * 7 :] >> 2 * (20 - (groups - 1) * lanes)).any()


@pytest.mark.parametrize("lanes", [2, 4, 8, 16])
def test_basis_words_of_int8(lanes):
    """A word of more than 32 bits is several elements, low lanes first."""
    config = replace(CONFIG, basis_bits=8, lanes=lanes)
    basis = cosine_basis(20, 7)
    elements = pack_basis(config, basis, 7).tolist()
    for k in range(20):
        for t in range(7):
            word = (k // lanes * 7 + t) * config.basis_parts
            entry = elements[word + k % lanes // 4] >> 8 * (k % lanes % 4) & 255
            assert (entry ^ 128) - 128 == basis[k, t]


def test_channel_elements():
    """Three of the four elements of a state are used; states of padding are zero."""
    state = np.array([[-1, 2, 3, 4, 5, 0], [6, 0x7FFFF, 38, 0x3FFFFF, 32, 1]], np.int32)
    elements = pack_channels(state, 4)
    assert elements.dtype == np.uint32
    assert elements.tolist() == [
        (1 << MEAN_BITS) - 1, 2 | 3 << 19, 4 | 5 << 22, 0,
        6, 0x7FFFF | 38 << 19, 0x3FFFFF | 32 << 22 | 1 << 28, 0,
    ] + 8 * [0]  # fmt: skip
    assert (unpack_channels(elements, 2) == state).all()


def test_every_field_of_a_state_has_its_place():
    assert [name for layout in CHANNEL for name in layout] == [f.name.lower() for f in ChannelField]
    for name in (name for layout in CHANNEL for name in layout):
        state = np.zeros((1, len(ChannelField)), np.int32)
        state[0, ChannelField[name.upper()]] = 1 << 22
        with pytest.raises(ValueError, match=f"Field {name} is 4194304"):
            pack_channels(state, 1)
