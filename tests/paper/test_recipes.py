"""Preparation of images: what augmentation may and may not change."""

import numpy as np
import pytest
import torch

from lls_hw.datasets.names import Dataset
from lls_hw.paper.networks import RecipeError
from lls_hw.paper.recipes import Recipe, batches, recipe_for

PLAIN = Recipe(mean=(0.5,), std=(0.25,))


def images(count=6, channels=1, size=8, seed=0):
    shape = (count, channels, size, size)
    return np.random.default_rng(seed).integers(1, 256, shape, np.uint8)


def test_normalised_as_written():
    x = images(channels=3)
    recipe = Recipe(mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    expected = (x / 255 - np.reshape(recipe.mean, (3, 1, 1))) / np.reshape(recipe.std, (3, 1, 1))
    found = recipe.test(x)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(recipe.train(x, np.random.default_rng(0)).numpy(), found.numpy())


def test_random_crops_are_shifts_with_black_borders():
    """Each result is one of the 81 shifts of its image, and not always the same."""
    x, recipe = images(40), Recipe(mean=(0.0,), std=(1 / 255,), pad=4)
    found = recipe.train(x, np.random.default_rng(1)).numpy().round().astype(int)
    shifts = set()
    for image, result in zip(x[:, 0], found[:, 0], strict=True):
        padded = np.pad(image, 4)
        matches = [
            (a, b) for a in range(9) for b in range(9)
            if (padded[a : a + 8, b : b + 8] == result).all()
        ]  # fmt: skip
        assert len(matches) == 1
        shifts.add(matches[0])
    assert len(shifts) > 20


def test_half_of_the_images_are_mirrored():
    x, recipe = images(400), Recipe(mean=(0.0,), std=(1 / 255,), flip=True)
    found = recipe.train(x, np.random.default_rng(2)).numpy().round().astype(int)
    same = (found == x).all(axis=(1, 2, 3))
    mirrored = (found == x[:, :, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 150 < same.sum() < 250


def test_erasing_leaves_a_rectangle_of_zeros():
    x, recipe = images(500, size=16), Recipe(mean=(0.0,), std=(1.0,), erase=0.2)
    found = recipe.train(x, np.random.default_rng(3)).numpy()[:, 0]
    erased = [image == 0 for image in found if (image == 0).any()]
    assert 60 < len(erased) < 140
    for hole in erased:
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        assert hole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert hole.sum() == len(rows) * len(columns)
        assert 0.01 < hole.mean() < 0.4


def test_tests_take_the_middle():
    x, recipe = images(size=10), Recipe(mean=(0.0,), std=(1 / 255,), crop=6)
    np.testing.assert_allclose(recipe.test(x).numpy(), x[:, :, 2:8, 2:8], atol=1e-4)
    assert recipe.train(x, np.random.default_rng(0)).shape == (6, 1, 6, 6)


def data(count):
    x = images(count)
    return Dataset(x, np.arange(count).astype(np.uint8), x[:2], np.zeros(2, np.uint8), classes=2)


def test_an_epoch_has_every_image_once():
    found = [labels for _, labels in batches(data(23), PLAIN, 8, seed=1, epoch=0)]
    assert [len(labels) for labels in found] == [8, 8, 7]
    assert sorted(torch.cat(found).tolist()) == list(range(23))


def test_images_keep_their_labels():
    for x, labels in batches(data(23), PLAIN, 8, seed=1, epoch=0):
        np.testing.assert_allclose(x.numpy(), PLAIN.test(images(23)[labels.numpy()]).numpy())


def test_order_depends_on_seed_epoch_and_purpose_only():
    def order(*key):
        return torch.cat([labels for _, labels in batches(data(23), PLAIN, 8, *key)]).tolist()

    assert order(0, 0) == order(0, 0)
    assert len({tuple(sorted(order(*key))) for key in ((0, 0), (1, 0), (0, 1))}) == 1
    assert len({tuple(order(*key)) for key in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))}) == 4


def test_a_last_batch_of_one_is_left_out():
    found = [len(labels) for _, labels in batches(data(17), PLAIN, 8, seed=0, epoch=0)]
    assert found == [8, 8]


def test_published_recipes():
    assert recipe_for("fashion-mnist", "smallconv").pad == 4
    assert recipe_for("cifar10", "smallconv").erase == 0
    assert recipe_for("cifar10", "vgg8").erase == 0.2
    assert recipe_for("imagenette", "vgg8").resize == 160
    plain = recipe_for("cifar10", "vgg8", augment=False)
    assert (plain.pad, plain.flip, plain.erase) == (0, False, 0)
    with pytest.raises(RecipeError, match="no recipe for 'letters'"):
        recipe_for("letters", "vgg8")
