"""Networks with normalisation and steps of a channel: order of the parts, inference, learning."""

import numpy as np
import pytest
import torch

from lls_hw.contract.basis import make_basis
from lls_hw.contract.channels import ChannelField
from lls_hw.datasets.names import load_data
from lls_hw.datasets.preprocess import quantise
from lls_hw.golden import integer
from lls_hw.golden.channel_state import ChannelState
from lls_hw.golden.maps import cell_sums, max_pool, patches
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.normalisation import wide_activation
from lls_hw.network.initial import initial_channels, initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Conv, Dense, Network, Training
from tests.golden import exact

CONVOLUTIONS = (
    Conv(outputs=5, cells=2, pool=True), Conv(outputs=6, cells=2, average=True), Dense(9), Dense(3),
)  # fmt: skip


def model_of(network, batch=16, lr_shift=3, seed=0):
    return IntegerModel(
        initial_weights(network, seed), layer_settings(network, batch, lr_shift),
        initial_shifts(network), make_basis(network.basis, network.classes, network.widest),
        channels=initial_channels(network, batch),
    )  # fmt: skip


def arrays(model):
    return [channels.tensor().tolist() for channels in model.channels]


def handed_on(wide, state, shift):
    """Normalised outputs of wide ones (..., O), one number at a time."""
    columns = []
    for values, (mean, _, unit, *_) in zip(wide.reshape(-1, len(state)).T, state, strict=True):
        columns.append([exact.handed_on(v, mean, unit, shift) for v in values.tolist()])
    return torch.tensor(columns).T.reshape(wide.shape)


@pytest.mark.parametrize("momentum_shift", [0, 2])
def test_steps_by_hand(momentum_shift, monkeypatch):
    """Which outputs and gradients are observed, with which state and shift, and when the state
    settles; from random states, many of them at the limits of the shift."""
    training = Training(step="channel", classifier_lr_shift=2, momentum_shift=momentum_shift)
    network = Network("n", (2, 7, 6), CONVOLUTIONS, training, normalise=True)
    r, samples = np.random.default_rng(1), 5
    model = model_of(network, samples)
    for state, shift in zip(model.channels, model.shifts, strict=True):
        count, outputs = len(state.outputs.unit), state.outputs
        outputs.unit = torch.tensor(shift + r.choice([-1, 0, 1, 7, 8], count)).clamp(min=0)
        outputs.mean = torch.tensor(r.integers(-(2**19), 2**19, count))
        outputs.deviation = torch.tensor(r.choice([0, 1, 2**17], count))
        state.gradient.size = torch.tensor(r.integers(10, 25, count))
    updates = []
    name = "momentum_update" if momentum_shift else "update"
    original, place = getattr(integer, name), 2 if momentum_shift else 1

    def recorded(*args):
        updates.append(args[place : place + 2])
        return original(*args)

    monkeypatch.setattr(integer, name, recorded)
    for step in range(6):
        before, weights, shifts = arrays(model), list(model.weights), list(model.shifts)
        x = torch.tensor(r.integers(-64, 64, (samples, 84)))
        updates.clear()
        model.train_step(x, torch.tensor(r.integers(0, 3, samples)))
        after = arrays(model)
        for k, (setting, state, shift) in enumerate(
            zip(model.settings, before, shifts, strict=True)
        ):
            shape = setting.shape
            maps = x.reshape(samples, shape.in_height, shape.in_width, shape.in_channels)
            z = integer.forward(patches(maps, shape), weights[k])
            gradient, update_shift = updates[k]
            offset = 3 - 12 + (2 if setting.classifier else 0)
            for o, (_, _, _, *sizes) in enumerate(state):
                power, size = exact.settle_gradient(*sizes, shape.fan_in)
                assert update_shift[o] == offset + size
                power, seen = exact.observe_gradient(power, size, gradient[:, o].tolist(), step)
                assert after[k][o][ChannelField.POWER :] == [power, size, seen]
            if setting.classifier:
                assert [row[: ChannelField.POWER] for row in after[k]] == [
                    row[: ChannelField.POWER] for row in state
                ]
                break
            grid = samples, shape.height, shape.width, shape.channels
            if shape.average:
                u = cell_sums(integer.activation(z, shift)[0].reshape(grid), 2)
                wide = torch.tensor([
                    [exact.wide_average(v, shape.average_shift) for v in row] for row in u.tolist()
                ])  # fmt: skip
                x = handed_on(wide.reshape(-1, 2, 2, shape.channels), state, shift)
            else:
                x = handed_on(wide_activation(z, shift).reshape(grid), state, shift)
                x = max_pool(x) if shape.pool else x
            outputs = x.reshape(-1, shape.channels)
            for o, (mean, deviation, unit, *_) in enumerate(state):
                found = exact.observe_outputs(mean, deviation, outputs[:, o].tolist(), o, step)
                found = exact.settle_outputs(*found, unit, len(outputs), shift)
                assert after[k][o][: ChannelField.POWER] == list(found)


def test_inference_leaves_the_channels_alone():
    network = Network("n", (2, 7, 6), CONVOLUTIONS, Training(step="channel"), normalise=True)
    model, r = model_of(network), np.random.default_rng(0)
    x = torch.tensor(r.integers(-64, 64, (16, 84)))
    labels = torch.tensor(r.integers(0, 3, 16))
    for _ in range(5):
        model.train_step(x, labels)
    before = arrays(model), list(model.weights), list(model.shifts), model.step
    first = model.infer(x, labels)
    half = [model.infer(x[part], labels[part]) for part in (slice(0, 7), slice(7, 16))]
    assert (arrays(model), model.shifts, model.step) == (before[0], *before[2:])
    assert all(torch.equal(a, b) for a, b in zip(before[1], model.weights, strict=True))
    together = torch.cat([result.probability for result in half])
    assert torch.equal(first.probability, together), "a result does not depend on its batch"


def test_initial_channels():
    """Sizes of what a network hands on and of its gradients, as a guess; statistics that say that
    it is right, and so no step settles anything before it has seen data."""
    network = Network("n", (2, 7, 6), CONVOLUTIONS, Training(step="channel"), normalise=True)
    state = initial_channels(network, 16)
    assert [layer[0].tolist() for layer in state] == [
        [0, 117 << 8, 15, 19 << 11, 20, 1],  # 144 / 256 of 208, 18 / 32 of 34.56, 672 pixels
        [0, 208 << 8, 15, 24 << 11, 18, 1],
        [0, 104 << 8, 15, 26 << 11, 14, 1],
        [0, 104 << 8, 15, 35 << 11, 17, 1],
    ]
    for layer, shape in zip(state, network.geometry, strict=True):
        assert len(layer) == shape.channels and (layer == layer[0]).all()
        channels, pixels = ChannelState(layer), 16 * shape.handed_on
        channels.outputs.settle(pixels, 12)
        channels.gradient.settle(shape.fan_in)
        settled = channels.tensor().numpy()
        kept = [ChannelField.MEAN, ChannelField.UNIT, ChannelField.SIZE, ChannelField.SEEN]
        assert (settled[:, kept] == layer[:, kept]).all()


def test_without_the_options_there_is_no_channel_state():
    network = Network("n", (2, 7, 6), CONVOLUTIONS)
    assert not network.channel_state and initial_channels(network, 16) == []
    assert model_of(network).channels == []


@pytest.mark.parametrize("step", ["layer", "channel"])
@pytest.mark.parametrize("normalise", [False, True])
def test_each_option_changes_only_its_fields(normalise, step):
    network = Network("n", (2, 7, 6), CONVOLUTIONS, Training(step=step), normalise=normalise)
    model, r = model_of(network), np.random.default_rng(0)
    before = arrays(model)
    x = torch.tensor(r.integers(-64, 64, (16, 84)))
    for _ in range(4):
        model.train_step(x, torch.arange(16) % 3)
    for a, b in zip(before[:-1], arrays(model)[:-1], strict=True):
        assert (any(p[:3] != q[:3] for p, q in zip(a, b, strict=True))) == normalise
        assert (any(p[3:] != q[3:] for p, q in zip(a, b, strict=True))) == (step == "channel")


def digits(part="train"):
    """scikit-learn's digits in a random order, centred, and their labels."""
    data = load_data("digits")
    images, labels = getattr(data, f"{part}_images"), getattr(data, f"{part}_labels")
    order = np.random.default_rng(0).permutation(len(labels))
    return torch.tensor(quantise(images, 40)[order]).long(), torch.tensor(labels[order]).long()


LAYERS = {
    "vectors": (Dense(64), Dense(48), Dense(10)),
    "maps": (Conv(outputs=16, cells=4, pool=True), Conv(outputs=24, cells=2, average=True),
             Dense(10)),
}  # fmt: skip


@pytest.mark.parametrize("kind", LAYERS)
def test_networks_learn(kind):
    """Digits never seen, after two epochs: nine in ten at least; trained twice, the same bits."""
    network = Network("n", (1, 8, 8), LAYERS[kind], Training(step="channel"), normalise=True)
    models, (x, labels) = [model_of(network, lr_shift=6) for _ in range(2)], digits()
    for batch in [torch.arange(k, k + 16) % len(x) for k in range(0, 2 * len(x), 16)]:
        for model in models:
            model.train_step(x[batch], labels[batch])
    x, labels = digits("test")
    assert (models[0].infer(x, labels).prediction == labels).double().mean() > 0.9
    for a, b in zip(*(model.weights for model in models), strict=True):
        assert torch.equal(a, b)
    assert arrays(models[0]) == arrays(models[1])
