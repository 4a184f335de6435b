"""Batches of samples: their order in training, and whether a network can take them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lls_hw.driver.errors import InputError
from lls_hw.network.network import Network

__all__ = ["Batch", "batches_of", "check_batch", "check_samples", "order_of"]

Batch = tuple[NDArray[np.int8], NDArray[np.uint8]]


def check_samples(network: Network, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> None:
    """InputError for samples that are none of the network."""
    for what, values in (("samples", inputs), ("labels", labels)):
        if not isinstance(values, np.ndarray):
            raise InputError(
                f"The {what} are of type {type(values).__name__}; give an array of NumPy."
            )
    if inputs.dtype != np.int8:
        raise InputError(f"The samples are {inputs.dtype}; give int8.")
    if inputs.ndim != 2 or inputs.shape[1] != network.inputs:
        raise InputError(
            f"The samples have the shape {inputs.shape}; network {network.name!r} "
            f"takes (N, {network.inputs})."
        )
    if labels.ndim != 1:
        raise InputError(f"The labels have the shape {labels.shape}; give one a sample: (N,).")
    if labels.dtype.kind not in "iu":
        raise InputError(f"The labels are {labels.dtype}; give whole numbers from 0.")
    if len(labels) != len(inputs):
        raise InputError(f"There are {len(inputs)} samples but {len(labels)} labels.")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < network.classes:
        raise InputError(
            f"The labels reach from {labels.min()} to {labels.max()}; network "
            f"{network.name!r} has {network.classes} classes, from 0."
        )


def check_batch(
    network: Network, batch: int, inputs: NDArray[np.int8], labels: NDArray[np.uint8]
) -> None:
    """InputError for a batch that cannot be trained with: a step takes `batch` samples."""
    check_samples(network, inputs, labels)
    if len(inputs) != batch:
        raise InputError(f"There are {len(inputs)} samples; a training step takes {batch}.")


def batches_of(
    inputs: NDArray[np.int8], labels: NDArray[np.uint8], batch: int, seed: int, first: int = 0
) -> Iterator[Batch]:
    """Endless shuffled batches from step `first` on; an epoch drops its incomplete last batch.

    The order of epoch e is NumPy's default generator's permutation for the seed (seed, e), so
    that the batch of a step depends on nothing but the step.
    """
    steps = len(inputs) // batch
    epoch, skip = divmod(first, steps)
    while True:
        for chosen in order_of(len(inputs), batch, seed, epoch)[skip:]:
            yield inputs[chosen], labels[chosen]
        epoch, skip = epoch + 1, 0


def order_of(samples: int, batch: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The samples of each step of an epoch (B, N)."""
    steps = samples // batch
    order = np.random.default_rng((seed, epoch)).permutation(samples)
    return order[: steps * batch].reshape(steps, batch)
