"""The noise hash against its definition, and its statistics."""

import numpy as np
import pytest
import torch

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS
from lls_hw.golden import noise

ZERO_STATE = (0xE660A83A, 1)
"""Step and layer where the seed would be 0."""
FROM_ONE = (270369, 67634689, 2647435461, 307599695)
"""What xorshift32 makes of 1, as published."""
CASES = [(0, 0), (0, 1), (1, 0), (12345, 7), (2**31, 15), (2**32 - 1, 0), ZERO_STATE]


def jenkins(a):
    """Bob Jenkins' six-shift hash, in wrapping 32-bit arithmetic."""
    a = np.array(a, np.uint32)
    with np.errstate(over="ignore"):
        a = a + np.uint32(0x7ED55D16) + (a << 12)
        a = a ^ np.uint32(0xC761C23C) ^ (a >> 19)
        a = a + np.uint32(0x165667B1) + (a << 5)
        a = (a + np.uint32(0xD3A2646C)) ^ (a << 9)
        a = a + np.uint32(0xFD7046C5) + (a << 3)
        return int(a ^ np.uint32(0xB55A4F09) ^ (a >> 16))


def definition(step, layer, i, o):
    """Noise of one weight, straight from the docstring."""
    x = np.array(jenkins(jenkins(step) ^ layer) or 1, np.uint32)
    value = 0
    for bit in range(2 * NOISE_INDEX_BITS):
        x = x ^ (x << 13)
        x = x ^ (x >> 17)
        x = x ^ (x << 5)
        if (o << NOISE_INDEX_BITS | i) >> bit & 1:
            value ^= int(x) >> 16
    return value


def test_mix():
    for value in (0, 1, 2, 0xFFFFFFFF, 0x80000000, 123456789):
        assert noise.mix(value) == jenkins(value)


@pytest.mark.parametrize("step, layer", CASES)
def test_definition(step, layer):
    found = noise.noise(step, layer, 300, 40)
    assert found.shape == (300, 40)
    for i, o in [(0, 0), (1, 0), (0, 1), (299, 39), (256, 32), (255, 31), (171, 21)]:
        assert int(found[i, o]) == definition(step, layer, i, o)
    assert int(noise.noise(step, layer, 8192, 1)[8191, 0]) == definition(step, layer, 8191, 0)


def test_seed_zero_is_avoided():
    """xorshift32 would stay at zero; each layer and step must have living keys."""
    step, layer = ZERO_STATE
    assert jenkins(jenkins(step) ^ layer) == 0
    assert noise.key_words(step, layer)[:4] == [n >> 16 for n in FROM_ONE]
    assert all(any(noise.key_words(step, layer)) for step in range(2000) for layer in range(4))


def test_uniform_over_steps():
    """One weight, many steps: mean, variance and each bit as of uniform numbers, within 5 sigma."""
    n = 20_000
    index = (100, 50)
    values = np.array([definition_fast(step, *index) for step in range(n)], float)
    top = 1 << NOISE_BITS
    assert abs(values.mean() / top - 0.5) < 5 * (1 / 12 / n) ** 0.5
    assert abs(values.var() / top**2 - 1 / 12) < 5 * (1 / 180 / n) ** 0.5
    for bit in range(NOISE_BITS):
        share = (values.astype(int) >> bit & 1).mean()
        assert abs(share - 0.5) < 5 * 0.5 / n**0.5, bit


def definition_fast(step, i, o):
    """Noise of one weight from the key words."""
    value = 0
    for bit, word in enumerate(noise.key_words(step, 1)):
        value ^= word * ((o << NOISE_INDEX_BITS | i) >> bit & 1)
    return value


def test_uniform_over_weights():
    """All weights of a layer, some steps: chi-squared over 256 bins, 255 degrees of freedom.

    Within one step the noise is a linear code, which is more even than chance, or as uneven as
    its key words are dependent; the average over steps must be that of a uniform hash.
    """
    counts = sum(
        torch.bincount(noise.noise(step, 0, 512, 64).reshape(-1) >> 8, minlength=256)
        for step in range(64)
    ).double()
    expected = counts.sum() / 256
    assert float(((counts - expected) ** 2 / expected).sum()) < 255 + 6 * (2 * 255) ** 0.5


def test_steps_and_layers_differ():
    seen = {noise.noise(step, layer, 16, 16).numpy().tobytes()
            for step in range(50) for layer in range(4)}  # fmt: skip
    assert len(seen) == 200
