"""Channel state in float64 against the integers: the same data, and the same training.

Both round scales and sizes to powers of two, the integers with hysteresis, so those of one channel
may differ by a factor of two. Means over many channels are closer: an error by a factor of two in
any formula would show.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from lls_hw.contract.channels import SCALE_MAX
from lls_hw.golden import float_channels
from lls_hw.golden.float_channels import FloatNormaliser, FloatSize
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.integer import activation, next_shift
from lls_hw.golden.normalisation import wide_activation
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import LR_LIMITS, Conv, Dense, Network, Training
from tests.golden import test_channel_step, test_normalisation
from tests.golden.test_channels import digits, model_of
from tests.golden.test_integer import rng, t

CHANNELS = 60
BATCH = 64
FRACTION = 12


def within(ratio, mean, each):
    """Of log2 of ratios, the mean and the largest magnitude."""
    return abs(float(ratio.mean())) < mean and float(ratio.abs().max()) < each


def test_a_normal_distribution_gets_a_sigma_of_one():
    assert abs(float_channels.MAGNITUDE / math.sqrt(2 / math.pi) - 1) < 0.03


def both(steps, draw):
    """Normalised outputs (256, CHANNELS) of both models in the last step, the integers' in sigmas.

    `draw(step)` are the activations of both before.
    """
    integers = test_normalisation.initial(CHANNELS, 256, 15)
    real, shift = FloatNormaliser(), 13
    for step in range(steps):
        h = t(draw(step))
        z = torch.where(h < 0, 8 * h, h)
        x = integers(wide_activation(z, shift), shift)
        expected = real.train(h.double(), step)
        integers.observe(x, step)
        integers.settle(256, shift)
        shift = next_shift(activation(z, shift)[2], 1)
    return x / 2.0**5, expected


def test_normalised_outputs_agree():
    """From the same sums, which drift to twice their size: outputs of a channel have a correlation
    of almost one, one mean and, on average over the channels, one magnitude."""
    r = rng(0)
    mean, sigma = r.normal(0, 30000, CHANNELS), 2 ** r.uniform(13.5, 16, CHANNELS)
    factor = [1 + min(step / 200, 1) for step in range(400)]
    x, expected = both(400, lambda step: factor[step] * r.normal(mean, sigma, (256, CHANNELS)))
    centred, other = x - x.mean(dim=0), expected - expected.mean(dim=0)
    ratio = centred.norm(dim=0) / other.norm(dim=0)
    assert within(ratio.log2(), 0.15, 1.25)
    assert ((centred * other).sum(dim=0) > 0.99 * centred.norm(dim=0) * other.norm(dim=0)).all()
    assert (x.mean(dim=0) - ratio * expected.mean(dim=0)).abs().max() < 0.25
    assert within((expected.abs().mean(dim=0) / float_channels.MAGNITUDE).log2(), 0.15, 0.75)


def test_both_forget_alike():
    """64 steps after the means have changed, about 1 / e of the change is left."""
    r = rng(3)
    sigma = 2 ** r.uniform(13.5, 15, CHANNELS)
    outputs = both(364, lambda step: r.normal(sigma * (step >= 300), sigma, (256, CHANNELS)))
    for x in outputs:
        left = x.mean(dim=0) / (x - x.mean(dim=0)).norm(dim=0) * 256**0.5
        assert 0.32 < float(left.mean()) < 0.42


def test_steps_agree():
    """From the same gradients: a channel's steps differ by a power of two, none on average."""
    r, fan_in = rng(1), 128
    rms = 2 ** r.uniform(10, 20, CHANNELS)
    guess = (np.log2(rms) + r.integers(-2, 3, CHANNELS)).round()
    integers = test_channel_step.initial(guess, fan_in)
    real, ratios = FloatSize(), []
    for step in range(500):
        gradient = t(r.normal(0, rms * (1 + step / 300), (fan_in, CHANNELS)))
        integers.settle(fan_in)
        steps = gradient * 2.0 ** -integers.size.double()
        integers.observe(gradient, step)
        expected = real.divide(gradient.double(), step)
        if step >= 200:
            ratios.append((steps.norm(dim=0) / expected.norm(dim=0)).log2())
    assert within(torch.stack(ratios), 0.25, 1.25)
    assert within((expected.norm(dim=0) / fan_in**0.5).log2(), 0.25, 0.75), (
        "steps have a size of one"
    )


def test_a_first_batch_has_its_own_statistics():
    r = rng(2)
    h = torch.tensor(r.normal(5, 2, (4, 3, 3, 7)))
    x = FloatNormaliser().train(h, 0)
    assert x.mean(dim=(0, 1, 2)).abs().max() < 1e-9
    assert within((x.abs().mean(dim=(0, 1, 2)) / float_channels.MAGNITUDE).log2(), 0.6, 0.5001)
    gradient = torch.tensor(r.normal(0, 3, (50, 7)))
    steps = FloatSize().divide(gradient, 0)
    assert within(steps.square().mean(dim=0).log2() / 2, 0.6, 0.5001)


def test_channels_without_a_gradient_or_a_deviation():
    """They divide by no zero, then and later."""
    size, gradient = FloatSize(), torch.tensor([[0.0, 1.0], [0.0, -1.0]]).double()
    assert torch.equal(size.divide(gradient, 0), gradient)
    for step in (1, 2):
        assert torch.equal(size.divide(gradient + 4, step)[:, 0], torch.ones(2).double())
    h = torch.tensor([[3.0, 1.0], [3.0, -1.0]]).double()
    normaliser = FloatNormaliser()
    assert normaliser.train(h, 0)[:, 0].tolist() == [0, 0]
    small = 2.0**-SCALE_MAX
    assert (normaliser(h + small)[:, 0] == 1).all(), "scales differ by no more"
    assert normaliser(h + 1)[:, 0].tolist() == [127 / 32] * 2, "as integers saturate"
    assert normaliser(h - 1)[:, 0].tolist() == [-127 / 32] * 2


NETWORKS = {
    "vectors": (Dense(80), Dense(60), Dense(10)),
    "maps": (Conv(outputs=24, cells=2, pool=True), Conv(outputs=24, cells=2, average=True),
             Dense(10)),
}  # fmt: skip


def movements(layers, normalise_, step, lr_shift):
    """What 50 steps of both models change in the weights of each layer.

    100 steps without a learning rate go before, from sizes that are too small and grow, so that
    first guesses do not count.
    """
    training = Training(step=step, classifier_lr_shift=1)
    network = Network("n", (1, 8, 8), layers, training, normalise=normalise_)
    x, labels = digits()
    model, r = model_of(network, BATCH), np.random.default_rng(0)
    for state in model.channels:
        state.gradient.size -= t(r.integers(3, 7, len(state.gradient.size)))
    start = [w.double() / 2**FRACTION for w in model.weights]
    real = FloatModel(network, start, model.basis)
    for rate, steps in ((40, 100), (lr_shift, 50)):
        known = min(rate, LR_LIMITS[1])
        model.settings = [
            replace(setting, update_offset=setting.update_offset + rate - known)
            for setting in layer_settings(network, BATCH, known)
        ]
        model.weights = [(w * 2**FRACTION).long() for w in start]
        for _ in range(steps):
            batch = torch.tensor(r.integers(0, len(x), BATCH))
            model.train_step(x[batch], labels[batch])
            real.train_step(x[batch], labels[batch], rate)
    return [
        (a / 2**FRACTION - w, b - w)
        for a, b, w in zip(model.weights, real.weights, start, strict=True)
    ]


@pytest.mark.parametrize("layers", NETWORKS)
@pytest.mark.parametrize(
    "normalise_, step, lr_shift", [(True, "layer", 3), (False, "channel", 8), (True, "channel", 8)]
)
def test_movements_agree(normalise_, step, lr_shift, layers):
    """In direction, and on average over the channels of a layer in length.

    Without normalisation, the classifiers of the two models have inputs of different size.
    """
    found = movements(NETWORKS[layers], normalise_, step, lr_shift)
    for k, (a, b) in enumerate(found if normalise_ else found[:-1]):
        correlation = (a * b).sum(dim=0) / (a.norm(dim=0) * b.norm(dim=0))
        ratio = (a.norm(dim=0) / b.norm(dim=0)).log2()
        assert correlation.median() > (0.9 if k + 1 < len(found) else 0.83), k
        assert abs(ratio.mean()) < (0.1 if step == "layer" else 0.35), k


@pytest.mark.parametrize("layers", NETWORKS)
def test_the_float_model_learns(layers):
    """Digits never seen, after two epochs; inference changes nothing."""
    network = Network("n", (1, 8, 8), NETWORKS[layers], Training(step="channel"), normalise=True)
    x, labels = digits()
    model = model_of(network)
    real = FloatModel(network, [w.double() / 2**FRACTION for w in model.weights], model.basis)
    for batch in [torch.arange(k, k + 16) % len(x) for k in range(0, 2 * len(x), 16)]:
        real.train_step(x[batch], labels[batch], 7)
    x, labels = digits("test")
    first = real.infer(x, labels)
    assert torch.equal(first.loss, real.infer(x, labels).loss)
    assert (first.prediction == labels).double().mean() > 0.9
