"""Each integer function against `exact`, corner values first, then seeded random ones."""

import numpy as np
import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.basis import BASIS_FRACTION, cosine_basis, square_basis
from lls_hw.golden import integer
from tests.golden import exact

CORNERS = [0, 1, -1, 2, -2, 3, -3, 4, -4, 7, -7, 8, -8, 127, -127, 128, -128]


def rng(seed):
    return np.random.default_rng(seed)


def t(values):
    return torch.tensor(np.asarray(values), dtype=torch.int64)


def test_bit_length():
    values = sorted({max(0, 2**k + d) for k in range(53) for d in (-1, 0, 1)} - {2**53})
    assert integer.bit_length(t(values)).tolist() == [v.bit_length() for v in values]


@pytest.mark.parametrize("shift", [0, 1, 2, 5, 14, 31])
def test_activation(shift):
    unit = 2**shift
    values = {(k * unit) // 2 + d for k in range(-300, 301) for d in (-1, 0, 1)}
    limit = f.MAX_FAN_IN * f.ACT_MAX * f.WEIGHT_MAX
    z = [*CORNERS, *sorted(values), 8 * 127 * unit, -8 * 127 * unit, limit, -limit]
    h, negative, length = integer.activation(t([z]), shift)
    assert h.tolist() == [[exact.activation(v, shift) for v in z]]
    assert negative.tolist() == [[int(v < 0) for v in z]]
    assert length == max(exact.magnitude_bits(int(8 * exact.leaky(v))) for v in z)


@pytest.mark.parametrize("z", [0, -1, -8, -9, 15, 16, 2**35 - 1, -(2**35) + 1])
def test_activation_length_of_one_value(z):
    assert integer.activation(t([[z]]), 0)[2] == exact.magnitude_bits(int(8 * exact.leaky(z)))


@pytest.mark.parametrize("headroom", range(7))
def test_next_shift_makes_the_largest_activation_fill_its_bits(headroom):
    for z in [1, 100, 2**14 - 1, 2**14, 2**20 + 12345, 2**30]:
        shift = integer.next_shift(integer.activation(t([[z]]), 0)[2], headroom)
        bits = (z >> int(shift)).bit_length()
        assert bits == min(7 - headroom, z.bit_length())


def test_next_shift_is_bounded():
    assert integer.next_shift(0, 0) == 0
    assert integer.next_shift(63, 6) == f.SHIFT_MAX


def test_inverse_norm():
    squares = [1, 2, 3, 4, 5, 15, 16, 17, 2**30, 2**31, 2**32 - 1, 2**32, 2**45, 2**46 - 1]
    squares += [int(2**x) for x in rng(1).uniform(0, 46, 2000)]
    mantissa, j = integer.inverse_norm(t(squares))
    assert list(zip(mantissa.tolist(), j.tolist(), strict=True)) == [
        exact.inverse_norm(s) for s in squares
    ]
    approximate = mantissa.double() * 2.0 ** -(15 + j).double() * t(squares).double().sqrt()
    assert (approximate - 1).abs().max() < 2**-14


def test_softmax_error():
    r = rng(2)
    cases = [[0, 0], [5, 5, 5], [-(2**18), 2**18], [2**18] * 256, [7, 8], [0] * 99 + [2**10]]
    cases += [r.integers(-(2**k), 2**k, n).tolist() for k in (2, 8, 12, 18) for n in (2, 10, 100)]
    for scores in cases:
        for scale, shift in ((f.LOG2E, f.LOG2E_FRACTION), (94548, 9), (1, 0)):
            label = int(r.integers(len(scores)))
            given = t([scores]), t([scale]), t([shift]), t([label])
            e, prediction, p = integer.softmax_error(*given)
            found = (e[0].tolist(), int(prediction), int(p))
            assert found == exact.softmax_error(scores, scale, shift, label)


def test_softmax_is_close_to_the_real_one():
    logits = t(rng(3).integers(-2000, 2000, (500, 10)))
    labels = t(np.arange(500) % 10)
    scale = torch.full_like(labels, f.LOG2E)
    e, _, p = integer.softmax_error(logits, scale, torch.full_like(labels, 14), labels)
    real = (logits / 256.0).softmax(dim=1)
    assert ((e + torch.nn.functional.one_hot(labels, 10) * f.ONE) / f.ONE - real).abs().max() < 4e-3
    assert (p / f.ONE - real.gather(1, labels[:, None])[:, 0]).abs().max() < 4e-3


LATENTS = {
    "zero": lambda r, d: np.zeros(d, np.int64),
    "largest": lambda r, d: np.full(d, 127),
    "least": lambda r, d: np.full(d, -127),
    "alternating": lambda r, d: np.where(np.arange(d) % 2, 127, -127),
    "one hot": lambda r, d: np.eye(1, d, d // 2, dtype=np.int64)[0],
    "small": lambda r, d: r.integers(-1, 2, d),
    "random": lambda r, d: r.integers(-127, 128, d),
    "18 bit": lambda r, d: r.integers(-f.LATENT_MAX, f.LATENT_MAX + 1, d),
}


@pytest.mark.parametrize("classes, d", [(2, 1), (2, 3), (10, 1), (10, 16), (7, 64), (100, 40)])
@pytest.mark.parametrize("kind", LATENTS)
def test_latent_error(kind, classes, d):
    r = rng(d)
    basis = square_basis(classes, d)
    for temperature_shift in f.TEMPERATURE_SHIFTS:
        u, label = LATENTS[kind](r, d), int(r.integers(classes))
        m, exponent, prediction, p = integer.latent_error(
            t([u]), t([label]), t(basis), temperature_shift
        )
        found = (m[0].tolist(), int(exponent), int(prediction), int(p))
        assert found == exact.latent_error(u.tolist(), label, basis.tolist(), temperature_shift)


@pytest.mark.parametrize("kind", LATENTS)
def test_latent_error_with_a_cosine_basis(kind):
    r = rng(9)
    basis = cosine_basis(10, 40)
    for temperature_shift in f.TEMPERATURE_SHIFTS:
        u, label = LATENTS[kind](r, 40), int(r.integers(10))
        m, exponent, prediction, p = integer.latent_error(
            t([u]), t([label]), t(basis), temperature_shift, BASIS_FRACTION
        )
        found = (m[0].tolist(), int(exponent), int(prediction), int(p))
        args = u.tolist(), label, basis.tolist(), temperature_shift, BASIS_FRACTION
        assert found == exact.latent_error(*args)


def test_latent_error_along_the_basis():
    """Latents equal to a basis vector give the largest scores there are."""
    basis = square_basis(10, 200)
    for label in range(10):
        u = basis[label].astype(np.int64) * 127
        m, exponent, _, _ = integer.latent_error(t([u]), t([label]), t(basis), 4)
        expected = exact.latent_error(u.tolist(), label, basis.tolist(), 4)
        assert (m[0].tolist(), int(exponent)) == expected[:2]


@pytest.mark.parametrize("shift", [0, 1, 10, 14])
def test_classifier_error(shift):
    r = rng(shift)
    limit = f.LATENT_MAX << shift
    rows = [[0] * 10, [limit] * 10, [-limit] * 10, [limit, -limit] * 5, [2**35 - 1, -(2**35)] * 5]
    rows += (r.integers(-(2**12), 2**12, (20, 10)) << shift).tolist()
    labels = r.integers(0, 10, len(rows))
    m, exponent, prediction, p = integer.classifier_error(t(rows), shift, t(labels))
    for k, row in enumerate(rows):
        logits = [exact.clamp(exact.half_up(z, shift), f.LATENT_MAX) for z in row]
        expected = exact.softmax_error(logits, f.LOG2E, 14, int(labels[k]))
        assert (m[k].tolist(), int(prediction[k]), int(p[k])) == expected
    assert set(exponent.tolist()) == {15}


def test_error_shifts_give_the_batch_one_exponent():
    r = rng(4)
    for _ in range(200):
        n = int(r.integers(1, 17))
        scale = 1 << r.integers(0, 17, (n, 1))
        m = np.clip(r.integers(-2, 3, (n, 8)) * scale, -f.LATENT_MAX, f.LATENT_MAX)
        exponent = r.integers(15, 40, n)
        bits = [max(7, *(exact.magnitude_bits(v) for v in row)) for row in m.tolist()]
        expected = max(b - int(x) for b, x in zip(bits, exponent, strict=True))
        shifts, level = integer.error_shifts(t(m), t(exponent))
        assert level == expected
        assert shifts.tolist() == [min(expected - 7 + int(x), 31) for x in exponent]
        assert min(shifts.tolist()) >= 0


def test_delta():
    m = [*CORNERS, 2**17 - 1, 1 - 2**17, 2**16 - 1, 1016, -1016]
    for shift in (0, 1, 3, 10, 31):
        error = [exact.clamp(exact.half_up(v, shift), f.ERROR_MAX) for v in m]
        for negative in (0, 1):
            v = integer.delta(t([m]), t([shift]), torch.full((1, len(m)), negative))
            assert v.tolist() == [[e * (1 if negative else 8) for e in error]]
        assert integer.delta(t([m]), t([shift]), None).tolist() == [[e * 8 for e in error]]


def test_products():
    r = rng(5)
    x, w = r.integers(-127, 128, (7, 300)), r.integers(-32767, 32768, (300, 5))
    z = [[sum(int(a) * int(b) for a, b in zip(row, col, strict=True)) for col in w.T] for row in x]
    assert integer.forward(t(x), t(w)).tolist() == z
    v = r.integers(-1016, 1017, (7, 5))
    dw = [[sum(int(a) * int(b) for a, b in zip(i, o, strict=True)) for o in v.T] for i in x.T]
    assert integer.weight_gradient(t(x), t(v)).tolist() == dw


def test_update():
    r = rng(6)
    gradients = [0, 1, -1, 2**31 - 1, -(2**31), 127 * 1016, -127 * 1016]
    gradients += r.integers(-(2**24), 2**24, 50).tolist()
    weights = [0, 1, -1, f.WEIGHT_MAX, -f.WEIGHT_MAX]
    for shift in (-5, 0, 1, 8, 16, 20, 31, 47, 60):
        for w in weights:
            noise = [0, 1, 2**15, 2**16 - 1, *r.integers(0, 2**16, len(gradients) - 4).tolist()]
            found = integer.update(torch.full((len(gradients),), w), t(gradients), shift, t(noise))
            pairs = zip(gradients, noise, strict=True)
            assert found.tolist() == [exact.update(w, g, shift, n) for g, n in pairs]


@pytest.mark.parametrize("gradient", [0, 1, -1, 12345, -12345, 127 * 1016])
@pytest.mark.parametrize("shift", [0, 3, 12, 16, 20])
def test_update_is_unbiased(gradient, shift):
    """Over all noise values the mean step is the gradient, cut to 16 fraction bits: exactly."""
    steps = -integer.update(torch.zeros(2**16, dtype=torch.int64), t(gradient), shift,
                            torch.arange(2**16))  # fmt: skip
    if steps.abs().max() < f.WEIGHT_MAX:
        assert int(steps.sum()) == exact.floor_shift(gradient * 2**16, shift)
        assert int(steps.max() - steps.min()) <= 1
