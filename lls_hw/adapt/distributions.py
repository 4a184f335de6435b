"""Images before and after a shift of their distribution, quantised for the board."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lls_hw.adapt.shifts import SHIFTS, enlarge
from lls_hw.datasets.names import Dataset
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.errors import InputError
from lls_hw.network.network import Network

__all__ = ["HELD_OUT", "SHIFT_NAMES", "Distributions", "Samples", "distributions"]

HELD_OUT = "held-out"
SHIFT_NAMES = (*SHIFTS, HELD_OUT)
HELD_OUT_CLASSES = 2
"""Number of classes, the last ones, that pretraining does not see."""

Samples = tuple[NDArray[np.int8], NDArray[np.uint8]]


@dataclass(frozen=True)
class Distributions:
    """Quantised samples and labels, and a picture (C, H, W) of each distribution."""

    before: Samples
    test_before: Samples
    after: Samples
    test_after: Samples
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]]


def distributions(
    network: Network, data: Dataset, shift: str, pretrain: int, images: int, seed: int
) -> Distributions:
    """`pretrain` images unchanged, `images` others shifted, and all test images both ways.

    At most two thirds of the training images form the first distribution, at most a third the
    second. Images smaller than the network's input are enlarged. With `HELD_OUT` the images are
    unchanged, but the first distribution lacks the last classes.
    """
    channels, height, width = network.input
    shape = data.train_images.shape[1:]
    if shape[0] != channels or shape[1] > height or shape[2] > width:
        raise InputError(
            f"The images are {' x '.join(map(str, shape))}, but network {network.name!r} takes "
            f"{channels} x {height} x {width}: choose another --network or --data."
        )
    if data.classes > network.classes:
        raise InputError(
            f"The data has {data.classes} classes, but network {network.name!r} has "
            f"{network.classes}: choose another --network or --data."
        )
    train, test = (enlarge(part, height, width) for part in (data.train_images, data.test_images))
    third = len(train) // 3
    many, images = min(pretrain, len(train) - third), min(images, third)
    if images < 1 or many < 1:
        raise InputError(
            f"--images and --pretrain are {images} and {many}; both must be at least 1."
        )
    second = slice(many, many + images)
    shifted, shifted_test = train[second], test
    before = quantise(train[:many], network.offset), data.train_labels[:many]
    test_before = quantise(test, network.offset), data.test_labels
    if shift == HELD_OUT:
        before, test_before = (
            _known(part, data.classes - HELD_OUT_CLASSES) for part in (before, test_before)
        )
    else:
        shifted, shifted_test = SHIFTS[shift](shifted, seed), SHIFTS[shift](test, seed + 1)
    return Distributions(
        before=before,
        test_before=test_before,
        after=(quantise(shifted, network.offset), data.train_labels[second]),
        test_after=(quantise(shifted_test, network.offset), data.test_labels),
        pictures=(test[0], shifted_test[0]),
    )


def _known(samples: Samples, classes: int) -> Samples:
    """Samples of the first classes."""
    inputs, labels = samples
    return inputs[labels < classes], labels[labels < classes]
