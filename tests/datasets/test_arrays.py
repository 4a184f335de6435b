"""Images and labels of any origin: what is accepted, exactly."""

import numpy as np
import pytest
import torch

from lls_hw.datasets.arrays import as_images
from lls_hw.datasets.base import DataError
from lls_hw.datasets.labels import as_labels, class_names_of

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (4, 1, 3, 5), np.uint8)
COLOUR = RNG.integers(0, 256, (4, 3, 5, 6), np.uint8)
LAST = COLOUR.transpose(0, 2, 3, 1)
SHAPE, COLOURS = (1, 3, 5), (3, 5, 6)
CUBE = RNG.integers(0, 256, (4, 3, 3, 3), np.uint8)


@pytest.mark.parametrize(
    ("given", "shape", "channels", "expected"),
    [
        (GREY, SHAPE, None, GREY),
        (GREY[:, 0], SHAPE, None, GREY),
        (GREY[:, 0, :, :, None], SHAPE, None, GREY),
        (GREY.reshape(4, 15), SHAPE, None, GREY),
        (GREY[1, 0], SHAPE, None, GREY[1:2]),
        (GREY[1], SHAPE, None, GREY[1:2]),
        (GREY[1, 0].reshape(15), SHAPE, None, GREY[1:2]),
        (GREY.tolist(), SHAPE, None, GREY),
        (list(GREY[:, 0]), SHAPE, None, GREY),
        ([torch.tensor(image) for image in GREY], SHAPE, None, GREY),
        (GREY.astype(np.int64), SHAPE, None, GREY),
        (GREY.astype(np.uint16), SHAPE, None, GREY),
        (GREY / 255, SHAPE, None, GREY),
        ((GREY / 255).astype(np.float32), SHAPE, None, GREY),
        ((GREY / 255).astype(np.float16), SHAPE, None, GREY),
        (torch.tensor(GREY / 255, requires_grad=True), SHAPE, None, GREY),
        (torch.tensor(GREY > 99).to(torch.bfloat16), SHAPE, None, np.uint8(255) * (GREY > 99)),
        (GREY > 99, SHAPE, None, np.uint8(255) * (GREY > 99)),
        (COLOUR, COLOURS, None, COLOUR),
        (LAST, COLOURS, None, COLOUR),
        (LAST[2], COLOURS, None, COLOUR[2:3]),
        (LAST, COLOURS, "last", COLOUR),
        (COLOUR.reshape(4, 90), COLOURS, "first", COLOUR),
        (LAST.reshape(4, 90), COLOURS, "last", COLOUR),
        (CUBE, (3, 3, 3), "first", CUBE),
        (CUBE, (3, 3, 3), "last", CUBE.transpose(0, 3, 1, 2)),
        (GREY, (15, 1, 1), None, GREY.reshape(4, 15, 1, 1)),
        (GREY[:, 0], (1, 1, 15), None, GREY.reshape(4, 1, 1, 15)),
        (COLOUR, (90, 1, 1), None, LAST.reshape(4, 90, 1, 1)),
        (GREY[:, 0], None, None, GREY),
        (GREY, None, None, GREY),
        (LAST, None, None, COLOUR),
        (COLOUR, None, None, COLOUR),
        (CUBE, None, "last", CUBE.transpose(0, 3, 1, 2)),
        (GREY.reshape(4, 15)[:, :9], None, None, GREY.reshape(4, 15)[:, :9].reshape(4, 1, 3, 3)),
    ],
)
def test_images(given, shape, channels, expected):
    found = as_images(given, shape, channels)
    assert found.dtype == np.uint8 and found.shape == expected.shape
    assert (found == expected).all()


def test_every_byte_survives_as_a_fraction():
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    for kind in (np.float64, np.float32, np.float16):
        assert (as_images((images / 255).astype(kind)) == images[:, None]).all()


@pytest.mark.parametrize(
    "given",
    [
        [2, 0, 1],
        (2, 0, 1),
        np.array([2, 0, 1], np.int8),
        np.array([[2], [0], [1]]),
        np.array([2.0, 0.0, 1.0]),
        torch.tensor([2, 0, 1]),
        np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
        torch.eye(3)[[2, 0, 1]],
        ["c", "a", "b"],
    ],
)
def test_labels(given):
    found = as_labels(given, 3, ("a", "b", "c"))
    assert found.dtype == np.uint8 and found.tolist() == [2, 0, 1]


def test_two_classes_may_be_booleans():
    assert as_labels([True, False], 2).tolist() == [1, 0]


def test_names():
    assert class_names_of(["pear", "apple", "pear"]) == ("apple", "pear")
    assert class_names_of([1, 2]) == ()
    with pytest.raises(DataError, match="257 different classes; there can be 256"):
        class_names_of([str(k) for k in range(257)])
