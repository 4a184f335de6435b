"""LLS-M and LLS-MxM in the local update unit: every value written and every cycle."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract import formats as f
from lls_hw.contract.basis import cosine_basis
from lls_hw.contract.config import preset
from tests.gateware.local_bench import Case, expected
from tests.gateware.test_local_unit import check, classifier, local

TINY = replace(preset("tiny"), modulation_depth=2048)
KINDS = {"vector": 1, "matrix": 2}


def entries(rng, kind, classes, high=f.WEIGHT_MAX):
    return rng.integers(-high, high + 1, [classes] * KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("samples", [1, 2, 5])
def test_batches(samples, kind):
    """Commands back to back: modulated blocks of two layers, one without, the classifier."""
    rng = np.random.default_rng(samples)
    options = {"modulation_shift": 9, "step": 77}
    first, second = (
        local(k, samples, 20, 10, layer=k, modulation=entries(rng, kind, 10, 6000), **options)
        for k in (0, 3)
    )
    second = replace(second, modulation_base=300)
    plain = local(5, samples, 9, 18, layer=2)
    check(TINY, [first, second, plain, classifier(samples, samples, 10), first])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_random(seed, kind):
    """Any shape, any entries, any step; also untrained."""
    rng = np.random.default_rng(seed)
    cases = []
    for index in range(3):
        classes = int(rng.integers(2, 24))
        modulation = entries(rng, kind, classes, int(2 ** rng.uniform(4, 15)) - 1)
        cases.append(
            local(
                [seed, index], int(rng.integers(1, 4)), int(rng.integers(1, 40)), classes,
                high=int(2 ** rng.uniform(0, 17)), layer=int(rng.integers(0, 8)),
                train=bool(rng.random() < 0.8), modulation=modulation,
                temperature_shift=int(rng.choice(f.TEMPERATURE_SHIFTS)),
                modulation_shift=int(rng.integers(0, 24)), step=int(rng.integers(2**32)),
                modulation_base=int(rng.integers(0, 1400)),
            )
        )  # fmt: skip
    check(TINY, cases)


@pytest.mark.parametrize("kind", KINDS)
def test_largest_values(kind):
    """Latents along the basis, largest entries of either sign: scores and entries saturate."""
    length, classes = 200, 33
    basis = np.where(np.arange(classes)[:, None] % 3 == 1, -1, np.ones((classes, length), np.int64))
    cases = []
    for sign in (1, -1):
        modulation = np.full([classes] * KINDS[kind], sign * f.WEIGHT_MAX)
        case = Case(
            latents=f.LATENT_MAX * basis[:3], labels=np.array([1, 0, 2]), classes=classes,
            basis=basis, modulation=modulation, temperature_shift=4, step=2**32 - 1, layer=7,
        )  # fmt: skip
        cases.append(case)
    check(replace(TINY, latent_depth=1024, basis_depth=2048), cases)
    moved = expected(TINY, cases[0]).modulation
    assert f.WEIGHT_MAX in moved or -f.WEIGHT_MAX in moved


def test_zero_latents_leave_errors_and_entries():
    case = Case(
        latents=np.zeros((3, 8), np.int64), labels=np.array([0, 1, 2]), classes=4,
        basis=np.ones((4, 8), np.int64), modulation=np.arange(16).reshape(4, 4),
        modulation_shift=0, step=5,
    )  # fmt: skip
    check(TINY, [case])
    wanted = expected(TINY, case)
    assert not any(wanted.errors.values())
    assert wanted.modulation == list(range(16))


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_cosine_basis(kind):
    rng = np.random.default_rng(8)
    config = replace(TINY, basis_bits=8)
    case = local(3, 3, 25, 21, modulation=entries(rng, kind, 21), modulation_shift=4)
    check(config, [case, replace(case, cosine=True, basis=cosine_basis(21, 25))])


def test_two_hundred_classes():
    rng = np.random.default_rng(9)
    config = replace(TINY, max_classes=200)
    case = local(200, 2, 4, 200, modulation=entries(rng, "vector", 200), modulation_shift=8)
    check(config, [case, replace(case, modulation_base=1800)])
