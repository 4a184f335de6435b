"""Small images and networks, and a simulated board that all tests of a file share."""

import numpy as np
import pytest
import torch

import lls_hw

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def data():
    """Images of 6 x 5 pixels in three classes: which rows are bright."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    images = rng.integers(0, 100, (60, 6, 5))
    for label in range(3):
        images[labels == label, 2 * label : 2 * label + 2] += 150
    return images.astype(np.uint8), labels


@pytest.fixture(scope="session")
def network():
    """For these images, and small enough for every board."""
    layers = [lls_hw.Dense(20), lls_hw.Dense(3)]
    return lls_hw.Network("rows", [1, 6, 5], layers, lls_hw.Training(batch=4))


@pytest.fixture(scope="module")
def golden():
    with lls_hw.Board("golden") as board:
        yield board


@pytest.fixture(scope="module")
def simulated():
    with lls_hw.Board("sim:tiny") as board:
        yield board
