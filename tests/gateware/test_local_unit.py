"""The local update unit against the integer golden model: every value written and every cycle."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract import formats as f
from lls_hw.contract.config import preset
from lls_hw.contract.timing_local import local_cycles
from tests.gateware.local_bench import Case, expected, run

SMALL = preset("small")
TINY = preset("tiny")


def ternary(rng, classes, length):
    return rng.integers(-1, 2, (classes, length))


def local(seed, samples, length, classes, *, high=f.ACT_MAX, **options):
    rng = np.random.default_rng(seed)
    return Case(
        latents=rng.integers(-high, high + 1, (samples, length)),
        labels=rng.integers(0, classes, samples),
        classes=classes,
        basis=ternary(rng, classes, length),
        **options,
    )


def classifier(seed, samples, classes, *, high=2000, **options):
    rng = np.random.default_rng(seed)
    return Case(
        latents=rng.integers(-high, high + 1, (samples, classes)),
        labels=rng.integers(0, classes, samples),
        classes=classes,
        **options,
    )


def check(config, cases):
    for case, outcome in zip(cases, run(config, cases), strict=True):
        wanted = expected(config, case)
        assert outcome.cycles == wanted.cycles
        assert outcome.errors == wanted.errors
        assert outcome.exponents == wanted.exponents
        assert outcome.levels == wanted.levels
        assert outcome.results == wanted.results
        assert outcome.modulation == wanted.modulation


@pytest.mark.parametrize("samples", [1, 2, 3, 7])
def test_batches(samples):
    """Commands back to back; local update and classifier of one network."""
    check(
        SMALL,
        [
            local(samples, samples, 20, 10, layer=2, latent_base=3),
            classifier(samples, samples, 10, layer=3, latent_base=90, label_base=64),
            classifier(samples, samples, 10, train=False, label_base=5),
        ],
    )


@pytest.mark.parametrize("classes", [2, 10, 15, 16, 17, 32, 33, 64, 100, 128])
def test_class_counts(classes):
    check(SMALL, [local(classes, 2, 9, classes), classifier(classes, 2, classes)])


@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 64, 128])
def test_lengths(length):
    """d = 1 has no direction to learn but its sign; padding beyond d is written as 0."""
    check(SMALL, [local([length, k], 2, length, k) for k in (10, 18)])


@pytest.mark.parametrize("spare_tiles", [0, 1])
@pytest.mark.parametrize(("cells", "channels"), [(4, 3), (16, 1), (4, 8), (16, 5)])
def test_cells(cells, channels, spare_tiles):
    """Latents of maps: every cell begins with a new word."""
    options = {"cells": cells, "spare_tiles": spare_tiles}
    check(TINY, [local(cells + channels, 3, cells * channels, k, **options) for k in (5, 20)])


def test_spare_tiles():
    check(TINY, [local(5, 3, 9, 10, spare_tiles=1), classifier(6, 3, 10, spare_tiles=1)])


def test_stale_errors():
    """Errors that a command with more classes has left behind do not matter."""
    check(SMALL, [local(k, 2, 6, k) for k in (64, 16, 10, 33, 2)] + [classifier(9, 2, 9)])


def test_largest_values():
    """Longest latent, largest magnitudes, most confident mistake: the bounds of all widths."""
    config = replace(SMALL, latent_depth=1024, basis_depth=4096)
    length = 4095
    ones = np.ones((1, length), np.int64)
    basis = np.concatenate([ones, -ones])
    latents = -(1 << f.LATENT_BITS - 1) * ones
    latents[0, -1] = 0  # the others lie along u, so that their errors cancel
    case = Case(
        latents=latents, labels=np.array([0]), classes=2, basis=basis,
        temperature_shift=4,
    )  # fmt: skip
    check(config, [case])


@pytest.mark.parametrize("shift", f.TEMPERATURE_SHIFTS)
def test_temperatures(shift):
    check(TINY, [local(shift + 10, 3, 12, 10, temperature_shift=shift)])


@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_lanes(lanes):
    config = replace(TINY, lanes=lanes)
    check(config, [local(lanes, 3, 11, 9), classifier(lanes, 3, 9)])


@pytest.mark.parametrize("cols", [2, 16])
def test_columns(cols):
    check(replace(SMALL, cols=cols), [local(cols, 3, 21, 10), classifier(cols, 2, 21)])


@pytest.mark.parametrize("classes", [200, 256])
def test_most_classes(classes):
    config = replace(SMALL, max_classes=classes)
    check(config, [local(1, 1, 3, classes), classifier(1, 1, classes)])


def corner_latents(length):
    """Zero, one hot, all +-127, all +-max, alternating, smallest; a sample each."""
    hot = np.zeros(length)
    hot[length // 2] = 1
    alternating = (-1) ** np.arange(length)
    low = -(1 << f.LATENT_BITS - 1)
    return np.stack(
        [
            0 * hot, hot, -hot, f.ACT_MAX * hot, 0 * hot + f.ACT_MAX, 0 * hot - f.ACT_MAX,
            0 * hot + f.LATENT_MAX, 0 * hot + low, f.LATENT_MAX * alternating, low * hot,
            0 * hot + 1, 0 * hot - 1,
        ]
    ).astype(np.int64)  # fmt: skip


@pytest.mark.parametrize("shift", [-3, 1, 4])
@pytest.mark.parametrize("length", [1, 24])
def test_corner_latents(length, shift):
    latents = corner_latents(length)
    labels = np.arange(len(latents)) % 10
    basis = ternary(np.random.default_rng(length), 10, length)
    aligned = np.where(np.arange(10)[:, None] % 3 == 1, -1, np.ones((10, length), np.int64))
    check(
        SMALL,
        [
            Case(latents=latents, labels=labels, classes=10, basis=b, temperature_shift=shift)
            for b in (basis, aligned, 0 * aligned)
        ],
    )


@pytest.mark.parametrize("classes", [2, 10, 24])
def test_corner_logits(classes):
    latents = corner_latents(classes)
    labels = np.arange(len(latents)) % classes
    check(SMALL, [Case(latents=latents, labels=labels, classes=classes)])


def test_zero_latents_only():
    case = Case(
        latents=np.zeros((3, 8), np.int64), labels=np.array([0, 1, 2]), classes=4,
        basis=ternary(np.random.default_rng(0), 4, 8),
    )  # fmt: skip
    check(SMALL, [case])
    assert all(error == 0 for error in expected(SMALL, case).errors.values())


@pytest.mark.parametrize("seed", range(4))
def test_random(seed):
    """Any shape, any range."""
    rng = np.random.default_rng(1000 + seed)
    cases = []
    for index in range(4):
        classes, length = int(rng.integers(2, 40)), int(rng.integers(1, 60))
        options = {"high": int(2 ** rng.uniform(0, 17)), "layer": int(rng.integers(0, 8))}
        cases.append(
            local(
                [seed, index], int(rng.integers(1, 4)), length, classes,
                temperature_shift=int(rng.choice(f.TEMPERATURE_SHIFTS)), **options,
            )
        )  # fmt: skip
        cases.append(classifier([seed, index, 1], int(rng.integers(1, 4)), classes, **options))
    check(SMALL, cases)


def test_cycles_of_the_reference_network():
    """784-128-64-10 at batch 16: two passes over the latents for each group of classes."""
    groups = -(-10 // SMALL.lanes)

    def per_sample(length, is_classifier):
        tiles = -(-length // SMALL.cols)
        options = {"classifier": is_classifier, "train": True, "length": length, "words": tiles}
        return local_cycles(SMALL, samples=16, classes=10, **options) / 16

    assert per_sample(128, False) <= groups * 2 * 128 + 100
    assert per_sample(64, False) <= groups * 2 * 64 + 100
    assert per_sample(10, True) <= 100
