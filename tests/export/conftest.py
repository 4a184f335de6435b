"""Networks with arbitrary states, and what the golden model says of images."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import lls_hw
from lls_hw.contract.config import preset
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.golden.compare import random_case
from lls_hw.network.file import network_names
from lls_hw.network.initial import initial_modulations
from lls_hw.network.network import Network

torch.set_num_threads(1)
SEEDS = range(24)


@dataclass(frozen=True)
class Trained:
    """A network with a state, images (N, C, H, W), and the golden model's answers."""

    network: Network
    state: TrainingState
    images: np.ndarray
    scores: np.ndarray
    classes: np.ndarray

    @property
    def model(self):
        return lls_hw.Model(lls_hw.Board("golden"), self.network, state=self.state)

    def agrees(self, scores, classes):
        """Whether scores and classes are the golden model's, to the last bit."""
        return np.array_equal(scores, self.scores) and np.array_equal(classes, self.classes)


def trained(network, state, images):
    model = lls_hw.Model(lls_hw.Board("golden"), network, state=state)
    scores = model.scores(images, channels="first")
    return Trained(network, state, images, scores, model.predict(images, channels="first"))


def random_state(network, state, rng):
    """Other shifts, and modulations around the identity."""
    modulations = initial_modulations(network)
    for entries in modulations:
        entries += rng.integers(-3000, 3001, entries.shape, dtype=np.int16)
    shifts = [int(max(0, shift + rng.integers(-6, 4))) for shift in state.shifts]
    return replace(state, shifts=shifts, modulations=modulations)


def images_of(network, rng, count):
    images = rng.integers(0, 256, (count, *network.input)).astype(np.uint8)
    images[0], images[1] = 0, 255
    return images


@pytest.fixture(params=SEEDS)
def random_network(request):
    """Any kernels, strides, pooling, averages, cells, channels, bases, modulations and votes."""
    rng = np.random.default_rng((request.param, 17))
    case = random_case(request.param, [preset("variants")], 1 << 40)
    network = replace(case.network, offset=int(rng.integers(0, 128)))
    state = random_state(network, case.state, rng)
    return trained(network, state, images_of(network, rng, 40))


@pytest.fixture(params=[(name, p) for name in network_names() for p in ("classifier", "vote")])
def packaged_network(request):
    """A network of the package after two steps of training, also with votes."""
    name, predict = request.param
    network = replace(lls_hw.load_network(name), predict=predict)
    rng = np.random.default_rng(5)
    images = images_of(network, rng, 2 * network.training.batch)
    model = lls_hw.Model(lls_hw.Board("golden"), network)
    model.fit(images, rng.integers(0, network.classes, len(images)), channels="first")
    return trained(network, model.state(), images_of(network, rng, 8))


@pytest.fixture(scope="session")
def everything():
    """A small trained network with everything that a state may hold."""
    layers = (
        lls_hw.Conv(outputs=6, cells=2, pool=True, modulation="vector"),
        lls_hw.Conv(outputs=20, cells=2, average=True),
        lls_hw.Dense(20, modulation="matrix"),
        lls_hw.Dense(5),
    )
    training = lls_hw.Training(batch=8, step="channel")
    network = Network("all", (2, 7, 8), layers, training, normalise=True, predict="vote", offset=40)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 5, 400)
    images = images_of(network, rng, 400) // 2
    images[np.arange(400), :, labels] += 120
    model = lls_hw.Model(lls_hw.Board("golden"), network)
    model.fit(images, labels, epochs=3, channels="first")
    return trained(network, model.state(), images[:30])
