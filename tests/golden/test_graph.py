"""Models on a GPU, and what training many at once rests on: no step reads a tensor's value."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from lls_hw.contract.basis import make_basis
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.graph import GraphTrainer, compiled, one_for_all
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


def rates(net, lr_shift):
    """Learning rate and update shifts of each layer."""
    settings = layer_settings(net, BATCH, lr_shift)
    shifts = [(lr_shift, each.update_offset, each.modulation_shift) for each in settings]
    return torch.tensor(shifts)


def step(model, x, labels, given):
    """A step of a model at such rates."""
    if isinstance(model, FloatModel):
        result = model.train_step(x, labels, given[0, 0])
    else:
        model.settings = [
            replace(setting, update_offset=weights, modulation_shift=modulation)
            for setting, (_, weights, modulation) in zip(model.settings, given, strict=True)
        ]
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
            step(model, images[rows], labels[rows], rates(net, rate))[0] == labels[rows]
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


def together(make, net, wrap):
    """States of each model after all steps; all models take the steps after the first in one."""
    images, labels, order = data()
    models = [make(net, seed) for seed in SEEDS]
    for model, batches in zip(models, order, strict=True):
        step(model, images[batches[0]], labels[batches[0]], rates(net, RATES[0]))
    states = [torch.stack(t) for t in zip(*(m.state() for m in models), strict=True)]
    batches = [(images[rows], labels[rows]) for rows in order.transpose(0, 1)]
    one = one_for_all(models[0], partial(step, models[0]))
    function = wrap(one, states, *batches[1], rates(net, RATES[1]))
    for batch, rate in list(zip(batches, RATES, strict=True))[1:]:
        states, *_ = function(states, *batch, rates(net, rate))
    return [[tensor[k] for tensor in states] for k in range(len(SEEDS))]


@pytest.mark.parametrize(("make", "net"), CASES)
def test_models_of_several_seeds_in_one_are_those_of_each(make, net):
    """`torch.vmap` fails where a step would read a value."""
    found = together(make, net, lambda one, *_: one)
    assert_equal(found, one_by_one(make, net)[0])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what PyTorch's compiler imports
def test_compiled_steps_train_to_the_same_bits_at_all_rates():
    found = together(integers, NETWORKS[0], compiled)
    assert_equal(found, one_by_one(integers, NETWORKS[0])[0])


@pytest.mark.parametrize(("make", "net"), CASES)
def test_state_is_all_that_a_step_changes(make, net):
    """A model that takes another's state goes on as the other."""
    images, labels, _ = data()
    one, other = make(net, 0), make(net, 1)
    x, y = images[:BATCH], labels[:BATCH]
    for model in (one, other):
        step(model, x, y, rates(net, 7))
    other.load([tensor.clone() for tensor in one.state()])
    for model in (one, other):
        step(model, x, y, rates(net, 7))
    assert_equal([other.state()], [one.state()])
    if make is integers:
        assert (other.step, other.shifts) == (one.step, one.shifts) == (2, one.shifts)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU")
@pytest.mark.parametrize("compile_steps", [False, True])
@pytest.mark.parametrize(("make", "net"), CASES)
def test_a_gpu_trains_to_the_same_bits(make, net, compile_steps):
    images, labels, order = data()
    models = [make(net, seed, "cuda") for seed in SEEDS]
    steps = [partial(step, model) for model in models]
    trainer = GraphTrainer(models, steps, images.cuda(), labels.cuda(), compile_steps)
    trainer.start(order)
    for rate in RATES:
        trainer.step(rates(net, rate))
    trainer.finish()
    trainer.stream.synchronize()
    trainer.deliver()
    states, correct = one_by_one(make, net)
    assert_equal([model.state() for model in models], states)
    assert trainer.done and trainer.correct.tolist() == correct
