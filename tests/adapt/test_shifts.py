"""Shifts of images, each against a second way to compute it."""

import numpy as np
import pytest

from lls_hw.adapt.shifts import NOISE, SHIFTS, enlarge, inverted, noisy, rotated

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 2, 6, 6)).astype(np.uint8)


@pytest.mark.parametrize("quarters", range(4))
def test_quarter_turns_are_exact(quarters):
    assert (rotated(IMAGES, angle=90.0 * quarters) == np.rot90(IMAGES, quarters, (2, 3))).all()


def test_a_turned_point_keeps_its_weight():
    """Bilinear weights of a point near the centre sum to one, wherever it lands."""
    images = np.zeros((1, 1, 15, 15), np.uint8)
    images[0, 0, 5:10, 5:10] = 200
    turned = rotated(images, angle=30.0)
    assert abs(int(turned.sum()) - int(images.sum())) < 0.02 * images.sum()
    centre = np.average(np.indices((15, 15)).reshape(2, -1), axis=1, weights=turned.reshape(-1))
    assert np.abs(centre - 7).max() < 0.02


def test_corners_turn_black():
    white = np.full((1, 1, 20, 20), 255, np.uint8)
    turned = rotated(white, angle=45.0)[0, 0]
    assert turned[0, 0] == turned[-1, -1] == 0 and turned[10, 10] == 255


def test_inverted():
    assert (inverted(inverted(IMAGES)) == IMAGES).all()
    assert inverted(np.zeros((1, 1, 1, 1), np.uint8)).item() == 255


def test_noise_follows_the_seed():
    grey = np.full((50, 1, 20, 20), 128, np.uint8)
    one, same, other = noisy(grey, 1), noisy(grey, 1), noisy(grey, 2)
    assert (one == same).all() and (one != other).any()
    inside = one[(one > 0) & (one < 255)].astype(float)
    assert abs(inside.mean() - 128) < 2
    assert 0.4 * NOISE < inside.std() < NOISE


def test_enlarged_images_keep_their_pixels():
    large = enlarge(IMAGES, 15, 13)
    assert large.shape == (5, 2, 15, 13)
    assert (large[:, :, 1:13:2, 0:12:2] == IMAGES).all()
    assert (large[:, :, 2:14:2, 1:13:2] == IMAGES).all()
    assert large[:, :, 0].sum() == large[:, :, 13:].sum() == large[:, :, :, 12].sum() == 0
    assert (enlarge(IMAGES, 6, 6) == IMAGES).all()


@pytest.mark.parametrize("name", SHIFTS)
def test_shifts_keep_type_and_shape(name):
    shifted = SHIFTS[name](IMAGES, 3)
    assert shifted.dtype == np.uint8 and shifted.shape == IMAGES.shape
    assert (shifted != IMAGES).any()
