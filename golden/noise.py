"""Counter-based noise for stochastic rounding.

noise(step, layer, i, o) = XOR of the key words Q[b] over the set bits b of the weight's index
(o << 13 | i): an H3 universal hash with new key words in each layer and step. Two different weights
of a layer get pairwise independent noise, which does not depend on tiling, array size or the order
of updates.
"""

import torch
from torch import Tensor

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS

__all__ = ["key_words", "mix", "noise"]

_MASK = 0xFFFFFFFF


def mix(a: int) -> int:
    """Bob Jenkins' 32-bit six-shift integer hash."""
    a = (a + 0x7ED55D16 + (a << 12)) & _MASK
    a = a ^ 0xC761C23C ^ (a >> 19)
    a = (a + 0x165667B1 + (a << 5)) & _MASK
    a = ((a + 0xD3A2646C) ^ (a << 9)) & _MASK
    a = (a + 0xFD7046C5 + (a << 3)) & _MASK
    return a ^ 0xB55A4F09 ^ (a >> 16)


def key_words(step: int, layer: int) -> list[int]:
    """The 26 16-bit key words of one layer and step: Marsaglia's xorshift32, upper halves.

    The seed is mix(mix(step) ^ layer), or 1 where that is 0.
    """
    x = mix(mix(step & _MASK) ^ layer) or 1
    words = []
    for _ in range(2 * NOISE_INDEX_BITS):
        x ^= (x << 13) & _MASK
        x ^= x >> 17
        x ^= (x << 5) & _MASK
        words.append(x >> (32 - NOISE_BITS))
    return words


def _hash(count: int, words: list[int]) -> Tensor:
    index = torch.arange(count)
    value = torch.zeros(count, dtype=torch.int64)
    for bit, word in enumerate(words):
        value ^= ((index >> bit) & 1) * word
    return value


def noise(step: int, layer: int, fan_in: int, fan_out: int) -> Tensor:
    """Noise of all weights of a layer: (fan_in, fan_out), 0..65535."""
    words = key_words(step, layer)
    rows = _hash(fan_in, words[:NOISE_INDEX_BITS])
    cols = _hash(fan_out, words[NOISE_INDEX_BITS:])
    return rows[:, None] ^ cols[None, :]
