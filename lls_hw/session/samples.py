"""Images and labels of a user as a network's samples."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.arrays import as_images, check_contrast
from lls_hw.datasets.base import DataError, Dataset
from lls_hw.datasets.labels import as_labels
from lls_hw.datasets.preprocess import quantise
from lls_hw.network.network import Network

__all__ = ["Samples", "check_count", "check_data", "inputs_of", "samples_of"]


class Samples(NamedTuple):
    """Inputs (N, I) and labels (N,) of the engine."""

    inputs: NDArray[np.int8]
    labels: NDArray[np.uint8]


def inputs_of(network: Network, images: Any, channels: str | None = None) -> NDArray[np.int8]:
    """Inputs (N, I) from images as `as_images` takes them; DataError if they do not fit."""
    return quantise(as_images(images, network.input, channels), network.offset)


def samples_of(
    network: Network,
    images: Any,
    labels: Any,
    channels: str | None = None,
    class_names: Sequence[str] = (),
    *,
    training: bool = False,
) -> Samples:
    """Samples from images and labels; DataError if they do not fit the network or each other.

    Images for training must not be all but black.
    """
    pixels = as_images(images, network.input, channels)
    numbers = as_labels(labels, network.classes, class_names)
    if len(pixels) != len(numbers):
        raise DataError(
            f"There are {len(pixels)} images but {len(numbers)} labels; give one label for each."
        )
    if training:
        check_contrast(pixels)
    return Samples(quantise(pixels, network.offset), numbers)


def check_count(count: int, batch: int, remedy: str) -> None:
    """DataError if there is not one batch to train with."""
    if count < batch:
        raise DataError(
            f"There are {count} training images, fewer than one batch of {batch}; {remedy}."
        )


def check_data(name: str, data: Dataset, network: Network) -> None:
    """DataError if a network cannot take a data set."""
    shape = data.train_images.shape[1:]
    values, row = prod(shape), max(network.input) == network.inputs
    fits = values == network.inputs if row else shape == network.input
    if not fits or data.classes > network.classes:
        raise DataError(
            f"{name} has {values} values per image ({_size(shape)}) and {data.classes} classes; "
            f"network {network.name!r} has {network.inputs} inputs ({_size(network.input)}) and "
            f"{network.classes} classes: choose another --network or --data."
        )


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
