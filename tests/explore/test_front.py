"""The Pareto front against its definition."""

import random

import pytest

from lls_hw.explore.front import dominates, front


def worse(one, other):
    """Whether `other` is at least as good everywhere and better somewhere."""
    return all(b >= a for a, b in zip(one, other, strict=True)) and any(
        b > a for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("seed", range(40))
def test_front_is_what_nothing_dominates(seed):
    rng = random.Random(seed)
    width = rng.randint(1, 4)
    values = [
        tuple(rng.randint(0, rng.choice((3, 50))) for _ in range(width))
        for _ in range(rng.randint(0, 60))
    ]
    expected = [not any(worse(one, other) for other in values) for one in values]
    assert front(values) == expected
    for one in values[:10]:
        for other in values[:10]:
            assert dominates(other, one) == worse(one, other)


def test_equal_points_share_their_fate():
    assert front([(1, 2), (1, 2), (0, 2), (2, 0)]) == [True, True, False, True]
    assert front([]) == []
