"""Votes: the class whose log-probabilities of all layers have the largest sum."""

import numpy as np
import pytest
import torch

from lls_hw.contract.basis import basis_shift, make_basis
from lls_hw.contract.formats import EXPONENT_FRACTION
from lls_hw.golden import integer
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.random_networks import random_inputs
from lls_hw.network.initial import initial_modulations, initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Conv, Dense, Network


def network(modulation, basis, predict="vote"):
    layers = (
        Conv(outputs=6, cells=2, pool=True, modulation=modulation),
        Dense(20, temperature_shift=1, modulation=modulation),
        Dense(5),
    )
    return Network("votes", (2, 6, 6), layers, basis=basis, predict=predict)


def model(net, seed=0):
    basis = make_basis(net.basis, net.classes, net.widest)
    modulations = initial_modulations(net)
    rng = np.random.default_rng(seed)
    for entries in modulations:
        entries += rng.integers(-2000, 2000, entries.shape, dtype=np.int16)
    settings = layer_settings(net, 4, 1)
    return IntegerModel(
        initial_weights(net, seed), settings, initial_shifts(net), basis, modulations=modulations,
        vote=net.votes,
    )  # fmt: skip


@pytest.mark.parametrize("modulation", ["none", "vector", "matrix"])
@pytest.mark.parametrize("basis", ["square", "cosine"])
def test_votes_are_sums_of_log_probabilities(modulation, basis):
    """Real softmax of each layer's scores, with the integers' own latents; near ties apart."""
    net = network(modulation, basis)
    votes = model(net)
    x = torch.from_numpy(random_inputs("random", np.random.default_rng(1), (300, net.inputs)))
    labels = torch.zeros(300, dtype=torch.int64)
    real = torch.zeros(300, net.classes, dtype=torch.float64)
    seen = []
    kept = votes._votes

    def remember(index, u):
        seen.append((index, u))
        return kept(index, u)

    votes._votes = remember
    found = votes.infer(x, labels).prediction
    for index, u in seen:
        columns = votes.basis[:, : votes.settings[index].shape.latents].double()
        columns = columns * 2.0 ** -basis_shift(net.basis)
        unit = u.double() / u.double().norm(dim=1, keepdim=True).clamp(min=1e-9)
        scores = unit @ columns.T
        entries = votes.modulations[index].double() / 4096
        if entries.dim() == 2:
            scores = scores @ entries
        elif len(entries):
            scores = scores * entries
        scores = scores * 2.0 ** votes.settings[index].temperature_shift
        real += torch.log_softmax(scores, dim=1)
    assert [index for index, _ in seen] == [0, 1]
    only = model(network(modulation, basis, "classifier"))
    logits = classifier_logits(only, x)
    real += torch.log_softmax(logits, dim=1)
    top, second = real.topk(2).values.T
    clear = top - second > 8 * 2.0**-EXPONENT_FRACTION
    assert clear.sum() > 250
    assert torch.equal(found[clear], real.argmax(dim=1)[clear])
    assert not torch.equal(found, only.infer(x, labels).prediction)


def classifier_logits(plain, x):
    """Logits of the classifier, from what reaches it."""
    captured = []
    forward = integer.forward
    integer.forward = lambda a, w: captured.append(forward(a, w)) or captured[-1]
    try:
        plain.infer(x, torch.zeros(len(x), dtype=torch.int64))
    finally:
        integer.forward = forward
    return captured[-1].double() * 2.0 ** -(plain.settings[-1].logit_shift + 8)


def test_training_predicts_with_the_classifier():
    """Votes are for inference; training and its results are the same with and without."""
    rng = np.random.default_rng(2)
    nets = network("none", "square"), network("none", "square", "classifier")
    voting, plain = (model(net) for net in nets)
    x = torch.from_numpy(random_inputs("random", rng, (4, nets[0].inputs)))
    labels = torch.tensor([0, 1, 2, 3])
    for _ in range(3):
        a, b = voting.train_step(x, labels), plain.train_step(x, labels)
        assert torch.equal(a.prediction, b.prediction)
    for a, b in zip(voting.weights, plain.weights, strict=True):
        assert torch.equal(a, b)
