"""The allocator: no word has two owners at one moment, and gaps are used again."""

import random

import pytest

from lls_hw.contract.memories import Memory
from lls_hw.program.allocator import ALWAYS, Allocator, Lifetime


@pytest.mark.parametrize("seed", range(20))
def test_no_word_is_shared(seed):
    """Words by moment, counted one by one."""
    rng = random.Random(seed)
    allocator, owners, alive = Allocator(), {}, [0] * 12
    for owner in range(25):
        first = rng.randrange(12)
        lifetime = Lifetime(first, rng.randrange(first, 12))
        region = allocator.place(Memory.LATENT, rng.randrange(0, 9), lifetime)
        assert region.words == region.end - region.base >= 0
        for moment in range(lifetime.first, lifetime.last + 1):
            alive[moment] += region.words
            for word in range(region.base, region.end):
                assert owners.setdefault((moment, word), owner) == owner
    used = 1 + max((word for _, word in owners), default=-1)
    assert max(alive) <= allocator.used(Memory.LATENT) == used


def test_what_stays_lies_in_the_order_of_the_calls():
    allocator = Allocator()
    sizes = (5, 0, 3, 7)
    regions = [allocator.place(Memory.WEIGHT, size) for size in sizes]
    assert [(r.base, r.end) for r in regions if r.words] == [(0, 5), (5, 8), (8, 15)]
    assert allocator.used(Memory.WEIGHT) == 15
    assert allocator.used(Memory.SIGN) == 0


def test_words_are_used_again():
    """The third region takes the place of the first; one that stays never moves over another."""
    allocator = Allocator()
    first = allocator.place(Memory.SIGN, 4, Lifetime(0, 1))
    allocator.place(Memory.SIGN, 4, Lifetime(1, 2))
    assert allocator.place(Memory.SIGN, 4, Lifetime(2, 3)).base == first.base
    assert allocator.place(Memory.SIGN, 1, ALWAYS).base == 8
    assert allocator.place(Memory.SIGN, 5, Lifetime(4, 4)).base == 0


def test_a_gap_is_taken_only_if_it_is_large_enough():
    allocator = Allocator()
    allocator.place(Memory.SIGN, 2, Lifetime(0, 9))
    allocator.place(Memory.SIGN, 3, Lifetime(0, 1))
    allocator.place(Memory.SIGN, 2, Lifetime(0, 9))
    assert allocator.place(Memory.SIGN, 4, Lifetime(5, 6)).base == 7
    assert allocator.place(Memory.SIGN, 3, Lifetime(5, 6)).base == 2
