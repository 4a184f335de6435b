"""Test images taken out of the training images."""

from dataclasses import replace

import numpy as np

from lls_hw.datasets.base import DataError, Dataset

__all__ = ["HELD_OUT", "hold_out"]

HELD_OUT = 0.2
"""Share of the images that become test images when data has none."""


def hold_out(data: Dataset, share: float) -> Dataset:
    """That share of each class's training images are the test images; the rest is trained on.

    The choice is random and always the same; both parts keep the order of the data.
    """
    if not isinstance(share, int | float | np.number):
        raise DataError(
            f"The held-out share is {share!r}; give a number between 0 and 1, for instance "
            f"{HELD_OUT:g}."
        )
    if not 0 < share < 1:
        raise DataError(
            f"The held-out share is {share:g}; it must lie between 0 and 1, for instance "
            f"{HELD_OUT:g}."
        )
    images, labels = data.train_images, data.train_labels
    chosen = np.zeros(len(labels), bool)
    rng = np.random.default_rng(0)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        chosen[members[: round(share * len(members))]] = True
    if not 0 < chosen.sum() < len(chosen):
        raise DataError(
            f"Of {len(labels)} images in {len(np.unique(labels))} classes, a share of {share:g} of "
            f"each class holds out {chosen.sum()}; at least one must be held out and one left: "
            "give more images or another share."
        )
    return replace(
        data,
        train_images=images[~chosen], train_labels=labels[~chosen],
        test_images=images[chosen], test_labels=labels[chosen],
    )  # fmt: skip
