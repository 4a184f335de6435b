"""Counter-based noise for stochastic rounding.

noise(step, layer, i, o) = XOR of the key words Q[b] over the set bits b of the weight's index
(o << 13 | i): an H3 universal hash with new key words in each layer and step. Two different weights
of a layer get pairwise independent noise, which does not depend on tiling, array size or the order
of updates.

Key words are linear in their seed over the field of two elements, and noise is linear in the key
words. So here both are products of matrices of bits, modulo 2: (B, 16) are B words.
"""

from functools import cache
from typing import TypeVar

import torch
from torch import Tensor

from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS

__all__ = ["key_words", "mix", "noise"]

_MASK = 0xFFFFFFFF
_SEED_BITS = 32
_KEYS = 2 * NOISE_INDEX_BITS

Number = TypeVar("Number", int, Tensor)


def mix(a: Number) -> Number:
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
    return _from_seed(mix(mix(step & _MASK) ^ layer) or 1)


def _from_seed(x: int) -> list[int]:
    words = []
    for _ in range(_KEYS):
        x ^= (x << 13) & _MASK
        x ^= x >> 17
        x ^= (x << 5) & _MASK
        words.append(x >> (_SEED_BITS - NOISE_BITS))
    return words


def _bits(values: Tensor, count: int) -> Tensor:
    """Bits of values (N,), lowest first: (N, count) float32."""
    return (values[:, None] >> torch.arange(count, device=values.device) & 1).float()


@cache
def _seed_matrix(device: torch.device) -> Tensor:
    """Bits of the key words (32, 26 * 16) of each seed that is a power of two."""
    words = torch.tensor([_from_seed(1 << bit) for bit in range(_SEED_BITS)], device=device)
    return _bits(words.flatten(), NOISE_BITS).reshape(_SEED_BITS, -1)


@cache
def _index_matrix(count: int, device: torch.device) -> Tensor:
    """Bits of the indices below `count`."""
    return _bits(torch.arange(count, device=device), NOISE_INDEX_BITS)


@cache
def _powers(device: torch.device) -> Tensor:
    return 2.0 ** torch.arange(NOISE_BITS, device=device)


def noise(step: int | Tensor, layer: int, fan_in: int, fan_out: int) -> Tensor:
    """Noise of all weights of a layer in a step: (fan_in, fan_out), 0..65535."""
    seed = mix(mix(torch.as_tensor(step) & _MASK) ^ layer)
    device = seed.device
    keys = _bits(torch.where(seed == 0, 1, seed).reshape(1), _SEED_BITS) @ _seed_matrix(device) % 2
    rows, cols = (
        (_index_matrix(count, device) @ words % 2 @ _powers(device)).long()
        for count, words in zip(
            (fan_in, fan_out), keys.reshape(2, NOISE_INDEX_BITS, NOISE_BITS), strict=True
        )
    )
    return rows[:, None] ^ cols[None, :]
