"""Modulation: against Python integers, against autograd, its ranges, and what its noise shares."""

import numpy as np
import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.basis import basis_shift, make_basis
from lls_hw.golden.integer import update
from lls_hw.golden.modulation import modulated_error, modulation_noise, modulation_update
from lls_hw.golden.noise import noise
from tests.golden import exact
from tests.golden.test_integer import LATENTS, rng, t

KINDS = {"vector": 1, "matrix": 2}
ONE = 1 << f.MODULATION_FRACTION


def entries(r, kind, classes, high=f.WEIGHT_MAX):
    return t(r.integers(-high, high + 1, [classes] * KINDS[kind]))


@pytest.mark.parametrize("name", ["square", "cosine"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("latents", LATENTS)
def test_one_number_at_a_time(latents, kind, name):
    r = rng(len(latents))
    for classes, d, high in ((2, 3, 40), (10, 30, 6000), (7, 12, f.WEIGHT_MAX)):
        basis, modulation = make_basis(name, classes, d), entries(r, kind, classes, high)
        full = torch.diag(modulation) if kind == "vector" else modulation
        for temperature_shift in f.TEMPERATURE_SHIFTS:
            u, label = LATENTS[latents](r, d), int(r.integers(classes))
            found = modulated_error(
                t([u]), t([label]), t(basis), temperature_shift, modulation, basis_shift(name)
            )
            m, exponent, prediction, p, gradient = exact.modulated_error(
                u.tolist(), label, basis.tolist(), temperature_shift, full.tolist(),
                basis_shift(name),
            )  # fmt: skip
            if kind == "vector":
                gradient = [gradient[k][k] for k in range(classes)]
            assert found.m[0].tolist() == m
            assert (int(found.exponent), int(found.prediction)) == (exponent, prediction)
            assert int(found.probability) == p
            assert found.gradient.tolist() == gradient


@pytest.mark.parametrize("name", ["square", "cosine"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature_shift", [-1, 0, 1])
def test_autograd(temperature_shift, kind, name):
    """Errors of the latents and gradients of the entries are those of PyTorch's autograd.

    Errors are kept in units of 2**-12 and products of K of them with entries up to two are
    rounded: a few thousandths of the largest. Probabilities are right within 0.4 % of one.
    """
    r = rng(11)
    classes, d, samples = 10, 64, 50
    u = torch.tensor(r.integers(-127, 128, (samples, d)))
    labels = torch.tensor(r.integers(0, classes, samples))
    basis, shift = t(make_basis(name, classes, d)), basis_shift(name)
    modulation = entries(r, kind, classes, 2 * ONE)
    found = modulated_error(u, labels, basis, temperature_shift, modulation, shift)

    x = u.double().requires_grad_()
    weight = (modulation / ONE).double().requires_grad_()
    scores = torch.nn.functional.normalize(x) @ (basis / 2.0**shift).double().T
    scores = scores * weight if kind == "vector" else scores @ weight
    logits = scores * 2.0**temperature_shift
    torch.nn.functional.cross_entropy(logits, labels, reduction="sum").backward()

    scale = 2.0**-temperature_shift
    expected = x.grad * scale * 2.0 ** found.exponent.double()[:, None]
    limit = expected.abs().max()
    assert limit < f.LATENT_MAX
    assert (found.m - expected).abs().max() < 0.01 * limit
    expected = weight.grad * scale * 2.0**f.MODULATION_GRADIENT_FRACTION
    assert (found.gradient - expected).abs().max() < 0.01 * expected.abs().max()


def test_a_vector_is_a_diagonal():
    r = rng(3)
    u, labels = t(r.integers(-127, 128, (6, 20))), t([0, 1, 2, 3, 4, 5])
    basis, vector = t(make_basis("square", 6, 20)), entries(r, "vector", 6)
    a, b = (modulated_error(u, labels, basis, 1, m) for m in (vector, torch.diag(vector)))
    assert torch.equal(a.m, b.m) and torch.equal(a.probability, b.probability)
    assert torch.equal(a.gradient, b.gradient.diagonal())


def test_ranges():
    """Worst cases of every number that is kept, from the formats alone."""
    one, most, classes = f.ONE, f.WEIGHT_MAX, 256
    n = 2**17 - 1  # scores of a normalised latent are below 64 = the root of 4096
    assert n < 64 << f.SCORE_FRACTION
    assert classes * n * most < 2**40
    assert (n * f.LOG2E >> 13) < 2**19, "a base-2 exponent at the lowest temperature"
    errors = 2 * one
    back = -(-errors * most // 2**15)
    assert back < 2**16, "an error of a score, 17 bit signed"
    assert classes * back <= 2**24, "its projection"
    along = errors * n >> 14
    assert along < 2**19
    assert (2**24 + 2 * along) * 2**16 < 2**41
    assert 512 * ((n * one + 512) >> 10) < 2**31, "gradient of the largest batch"


def test_extreme_entries_stay_in_range():
    classes, d = 40, 300
    basis = make_basis("square", classes, d)
    u = t(np.concatenate([basis, -basis]).astype(np.int64) * f.LATENT_MAX)
    labels = t(np.arange(2 * classes) % classes)
    for entry in (f.WEIGHT_MAX, -f.WEIGHT_MAX):
        for shape in ((classes,), (classes, classes)):
            found = modulated_error(u, labels, t(basis), 4, torch.full(shape, entry))
            assert int(found.m.abs().max()) <= f.LATENT_MAX
            assert int(found.gradient.abs().max()) < 2**31


def test_noise_is_that_of_weights_of_another_layer():
    matrix, vector = torch.zeros(5, 5), torch.zeros(5)
    table = noise(77, 16 + 3, 6, 5)
    assert torch.equal(modulation_noise(77, 3, matrix), table[1:])
    assert modulation_noise(77, 3, vector).tolist() == [int(table[k + 1, k]) for k in range(5)]
    means = [modulation_noise(step, 0, vector)[0] for step in range(400)]
    assert 30000 < float(torch.stack(means).double().mean()) < 35500, "entry 0 has noise too"


def test_update_is_that_of_weights():
    r = rng(5)
    m, gradient = entries(r, "matrix", 6), t(r.integers(-(2**31), 2**31, (6, 6)))
    expected = update(m, gradient, 14, modulation_noise(9, 2, m))
    assert torch.equal(modulation_update(m, gradient, 14, 9, 2), expected)
    assert int(expected.abs().max()) <= f.WEIGHT_MAX
