"""Models on a GPU, and what training many at once rests on: no step reads a tensor's value."""

import numpy as np
import pytest
import torch

from lls_hw.contract.basis import make_basis
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.graph import GraphTrainer
from lls_hw.golden.model import IntegerModel
from lls_hw.network.initial import (
    initial_channels,
    initial_modulations,
    initial_shifts,
    initial_weights,
)
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Conv, Dense, Network, Training

BATCH, SEEDS, RATES = 4, (0, 1, 2), (7, 7, 8, 9, 8, 8)
IMAGES = 12


def network(channels, modulation):
    """Two convolutions, one fully connected block, the classifier."""
    layers = (
        Conv(kernel=3, outputs=6, cells=2, pool=True, modulation=modulation),
        Conv(kernel=3, outputs=5, cells=2, average=True),
        Dense(20, modulation=modulation),
        Dense(3),
    )
    training = Training(
        batch=BATCH, step="channel" if channels else "layer", momentum_shift=0 if channels else 2
    )
    return Network("net", (2, 9, 9), layers, training, normalise=channels)


NETWORKS = [network(c, m) for c, m in [(True, "none"), (True, "matrix"), (False, "vector")]]


def integers(net, seed, device="cpu"):
    return IntegerModel(
        initial_weights(net, seed),
        layer_settings(net, BATCH, RATES[0]),
        initial_shifts(net),
        make_basis(net.basis, net.classes, net.widest),
        modulations=initial_modulations(net),
        channels=initial_channels(net, BATCH),
        device=device,
    )


def reals(net, seed, device="cpu"):
    weights = [torch.tensor(w, device=device) / 4096 for w in initial_weights(net, seed)]
    basis = torch.tensor(make_basis(net.basis, net.classes, net.widest), device=device)
    return FloatModel(net, weights, basis)


def step(net, model, x, labels, lr_shift):
    """A step of a model."""
    if isinstance(model, FloatModel):
        result = model.train_step(x, labels, lr_shift)
    else:
        model.settings = layer_settings(net, BATCH, lr_shift)
        result = model.train_step(x, labels)
    return result.prediction, result.loss


CASES = [(integers, net) for net in NETWORKS] + [(reals, NETWORKS[0])]


def data():
    rng = np.random.default_rng(0)
    images = torch.tensor(rng.integers(-100, 100, (IMAGES, 162)))
    order = torch.tensor(rng.integers(0, IMAGES, (len(SEEDS), len(RATES), BATCH)))
    return images, torch.tensor(rng.integers(0, 3, IMAGES)), order


def one_by_one(make, net):
    """States after all steps and, of each model, how many samples it predicted."""
    images, labels, order = data()
    models, correct = [make(net, seed) for seed in SEEDS], []
    for model, batches in zip(models, order, strict=True):
        found = [
            step(net, model, images[rows], labels[rows], rate)[0] == labels[rows]
            for rows, rate in zip(batches, RATES, strict=True)
        ]
        correct.append(int(torch.cat(found).sum()))
    return [model.state() for model in models], correct


def assert_equal(states, expected):
    for state, other in zip(states, expected, strict=True):
        assert len(state) == len(other)
        for a, b in zip(state, other, strict=True):
            if a.is_floating_point():
                assert torch.allclose(a.cpu(), b, rtol=1e-9, atol=1e-12)
            else:
                assert torch.equal(a.cpu(), b)


@pytest.mark.parametrize(("make", "net"), CASES)
def test_models_of_several_seeds_in_one_are_those_of_each(make, net):
    """`torch.vmap` fails where a step would read a value."""
    images, labels, order = data()
    models = [make(net, seed) for seed in SEEDS]
    for model, batches in zip(models, order, strict=True):
        step(net, model, images[batches[0]], labels[batches[0]], RATES[0])
    template = models[0]

    def one(state, x, y, rate):
        template.load(state)
        step(net, template, x, y, rate)
        return template.state()

    states = [torch.stack(t) for t in zip(*(m.state() for m in models), strict=True)]
    for number, rate in list(enumerate(RATES))[1:]:
        rows = order[:, number]
        together = torch.vmap(one, in_dims=(0, 0, 0, None))
        states = together(states, images[rows], labels[rows], rate)
    found = [[tensor[k] for tensor in states] for k in range(len(SEEDS))]
    assert_equal(found, one_by_one(make, net)[0])


@pytest.mark.parametrize(("make", "net"), CASES)
def test_state_is_all_that_a_step_changes(make, net):
    """A model that takes another's state goes on as the other."""
    images, labels, _ = data()
    one, other = make(net, 0), make(net, 1)
    x, y = images[:BATCH], labels[:BATCH]
    for model in (one, other):
        step(net, model, x, y, 7)
    other.load([tensor.clone() for tensor in one.state()])
    for model in (one, other):
        step(net, model, x, y, 7)
    assert_equal([other.state()], [one.state()])
    if make is integers:
        assert (other.step, other.shifts) == (one.step, one.shifts) == (2, one.shifts)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU")
@pytest.mark.parametrize(("make", "net"), CASES)
def test_a_gpu_trains_to_the_same_bits(make, net):
    images, labels, order = data()
    models = [make(net, seed, "cuda") for seed in SEEDS]
    steps = [lambda *batch, model=model: step(net, model, *batch) for model in models]
    trainer = GraphTrainer(models, steps, images.cuda(), labels.cuda())
    trainer.start(order)
    for rate in RATES:
        trainer.step(rate)
    trainer.finish()
    trainer.stream.synchronize()
    trainer.deliver()
    states, correct = one_by_one(make, net)
    assert_equal([model.state() for model in models], states)
    assert trainer.done and trainer.correct.tolist() == correct
