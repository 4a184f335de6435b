"""The local update unit with multipliers for the basis, exact and cycle by cycle."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract import formats as f
from lls_hw.contract.basis import BASIS_MAX, cosine_basis, square_basis
from lls_hw.contract.config import preset
from tests.gateware.local_bench import Case
from tests.gateware.test_local_unit import check, classifier

TINY = replace(preset("tiny"), basis_bits=8)


def cosine(seed, samples, length, classes, *, high=f.ACT_MAX, basis=None, **options):
    rng = np.random.default_rng(seed)
    return Case(
        latents=rng.integers(-high, high + 1, (samples, length)),
        labels=rng.integers(0, classes, samples),
        classes=classes,
        basis=cosine_basis(classes, length) if basis is None else basis,
        cosine=True,
        **options,
    )


@pytest.mark.parametrize("lanes", [2, 8, 16])
def test_cosine_square_and_classifier_take_turns(lanes):
    """An engine with multipliers computes the square basis as one without does."""
    config = replace(TINY, lanes=lanes)
    square = replace(cosine(1, 3, 13, 10), cosine=False, basis=square_basis(10, 13))
    cases = [cosine(0, 3, 13, 10, layer=1), square, classifier(2, 3, 10), cosine(3, 2, 9, 21)]
    check(config, cases)


@pytest.mark.parametrize("seed", range(3))
def test_random_entries(seed):
    """Any entries, any shape, any range; several groups, cells, untrained."""
    rng = np.random.default_rng(seed)
    cases = []
    for index in range(3):
        classes, cells = int(rng.integers(2, 40)), int(rng.choice([1, 4]))
        length = cells * int(rng.integers(1, 12))
        basis = rng.integers(-BASIS_MAX, BASIS_MAX + 1, (classes, length))
        cases.append(
            cosine(
                [seed, index], int(rng.integers(1, 4)), length, classes, basis=basis, cells=cells,
                high=int(2 ** rng.uniform(0, 17)), train=bool(rng.random() < 0.8),
                temperature_shift=int(rng.choice(f.TEMPERATURE_SHIFTS)),
            )
        )  # fmt: skip
    check(TINY, cases)


def test_largest_values():
    """Longest latent along the largest entries, most confident mistake: the widths' bounds."""
    length = 4095
    ones = np.ones((1, length), np.int64)
    latents = -(1 << f.LATENT_BITS - 1) * ones
    latents[0, -1] = 0  # the others lie along u, so that their errors cancel
    case = Case(
        latents=latents, labels=np.array([0]), classes=2, cosine=True, temperature_shift=4,
        basis=BASIS_MAX * np.concatenate([ones, -ones]),
    )  # fmt: skip
    check(replace(TINY, latent_depth=2048, basis_depth=4096), [case])


def test_two_hundred_classes():
    config = replace(TINY, max_classes=200, lanes=16)
    check(config, [cosine(5, 2, 5, 200), classifier(6, 2, 200)])
