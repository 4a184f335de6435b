"""The basis against arbitrary precision, and the margin that makes its signs certain."""

import mpmath
import numpy as np
import pytest

from lls_hw.contract import basis as module
from lls_hw.contract.basis import BASIS_MAX, cosine_basis, make_basis, sine_basis, square_basis


@pytest.mark.parametrize("classes, length", [(2, 200), (3, 100), (10, 1024), (100, 20), (256, 10)])
def test_signs_in_fifty_digits(classes, length):
    with mpmath.workdps(50):
        exact = [
            [
                int(mpmath.sign(mpmath.sin((50 + mpmath.mpf(462 * k) / (classes - 1)) * t)))
                for t in range(length)
            ]
            for k in range(classes)
        ]
    assert square_basis(classes, length).tolist() == exact


def test_every_sign_is_certain():
    """|sin| stays above eight times the error of the rounded phase, for all K and d there are."""
    length = 4096
    largest = np.nextafter(512.0 * length, 0)
    for classes in range(2, 257):
        frequencies = 50 * (classes - 1) + 462 * np.arange(classes, dtype=np.int64)
        phases = frequencies[:, None] * np.arange(1, length, dtype=np.int64) / (classes - 1)
        assert np.abs(np.sin(phases)).min() > 8 * np.spacing(largest) / 2


def test_column_zero_is_zero_and_no_other():
    basis = square_basis(10, 500)
    assert basis.dtype == np.int8
    assert not basis[:, 0].any()
    assert (np.abs(basis[:, 1:]) == 1).all()


def test_a_shorter_basis_is_a_prefix():
    assert (square_basis(10, 100) == square_basis(10, 500)[:, :100]).all()


def test_classes_differ():
    for classes, length in ((10, 24), (100, 128)):
        assert len({row.tobytes() for row in square_basis(classes, length)}) == classes


def test_the_constant_of_the_turn():
    with mpmath.workprec(300):
        assert int(mpmath.floor(2**192 / (2 * mpmath.pi))) == module._INVERSE_TURN


@pytest.mark.parametrize("classes, length", [(2, 200), (10, 1024), (200, 12), (256, 10)])
def test_cosine_in_fifty_digits(classes, length):
    with mpmath.workdps(50):
        exact = [
            [int(mpmath.nint(BASIS_MAX * mpmath.sin(frequency * t))) for t in range(length)]
            for frequency in (50 + mpmath.mpf(462 * k) / (classes - 1) for k in range(classes))
        ]
    assert cosine_basis(classes, length).tolist() == exact


def test_every_rounding_is_certain():
    """127 sin stays 3e-9 from every half, for all K and d there are; its error is below 1e-13."""
    for classes in range(2, 257):
        value = BASIS_MAX * np.sin(2 * np.pi * module._turns(classes, 4096))
        assert np.abs(value - np.floor(value) - 0.5).min() > 3e-9


def test_cosine_is_a_smooth_square():
    cosine, square = make_basis("cosine", 10, 500), make_basis("square", 10, 500)
    assert cosine.dtype == np.int8
    assert (np.sign(cosine) * square >= 0).all()
    assert cosine.max() == -cosine.min() == BASIS_MAX
    assert (cosine_basis(10, 100) == cosine[:, :100]).all()


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="1 classes"):
        square_basis(1, 10)
    with pytest.raises(ValueError, match="1 classes"):
        cosine_basis(1, 10)


@pytest.mark.parametrize("classes, length", [(2, 200), (10, 1024), (200, 40)])
def test_sine_in_fifty_digits(classes, length):
    """As exact as the rounded phase allows: half a unit in the last place of up to 512 * t."""
    basis = sine_basis(classes, length)
    bound = np.spacing(512.0 * length) / 2 + 2e-16
    with mpmath.workdps(50):
        for k in range(classes):
            for t in range(0, length, 7):
                exact = mpmath.sin((50 + mpmath.mpf(462 * k) / (classes - 1)) * t)
                assert abs(basis[k, t] - exact) <= bound


def test_sine_and_square_have_the_same_signs():
    assert (np.sign(sine_basis(100, 2048)) == square_basis(100, 2048)).all()


def test_a_sine_of_one_class_is_refused():
    with pytest.raises(ValueError, match="1 classes"):
        sine_basis(1, 10)
