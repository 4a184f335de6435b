"""Channel states for weights of the float model: it and the integers hand on the same outputs."""

from itertools import islice

import numpy as np
import pytest
import torch

from lls_hw.contract.channels import (
    FRACTION,
    RANGES,
    SCALE_MAX,
    TARGET_FRACTION,
    ChannelField,
    deviation_target,
)
from lls_hw.contract.formats import ACT_MAX
from lls_hw.datasets.names import load_data
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.trainer import batches_of
from lls_hw.golden.calibration import set_sizes, settle_units
from lls_hw.golden.float_channels import FloatNormaliser
from lls_hw.golden.maps import max_pool
from lls_hw.golden.normalisation import Normaliser
from lls_hw.golden.pretrain import pretrain, quantised
from lls_hw.golden.state import integer_model, state_of
from lls_hw.network.initial import initial_channels
from lls_hw.network.layer_settings import NORMALISED_INPUT_FRACTION, layer_settings
from lls_hw.network.network import Conv, Dense, Network, Training
from tests.golden.test_integer import t

LAYERS = (
    Conv(outputs=16, cells=4, pool=True), Conv(outputs=24, cells=2, average=True), Dense(30),
    Dense(10),
)  # fmt: skip
BATCH, LR_SHIFT = 16, 8


def network(normalise=True, step="channel", momentum_shift=0):
    training = Training(
        batch=BATCH, step=step, lr_shifts=(LR_SHIFT,), momentum_shift=momentum_shift
    )
    return Network("n", (1, 8, 8), LAYERS, training, normalise=normalise)


def digits(part):
    data = load_data("digits")
    return quantise(getattr(data, f"{part}_images"), 40), getattr(data, f"{part}_labels")


INPUTS, LABELS = digits("train")


@pytest.fixture(scope="module")
def model():
    """A normalised network with steps of channels, at falling rates."""
    steps = 4 * len(INPUTS) // BATCH
    rates = [LR_SHIFT + 2 * k // steps for k in range(steps)]
    batches = zip(rates, batches_of(INPUTS, LABELS, BATCH, 0), strict=False)
    return pretrain(network(), batches, 0)


@pytest.fixture(scope="module")
def state(model):
    return quantised(model, INPUTS[:512], LABELS[:512])


def outputs(model, x, kind=Normaliser):
    """What each block makes of its outputs, (N, H, W, O) each."""
    seen, original = [], kind.__call__

    def remember(self, *args):
        seen.append(original(self, *args))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "__call__", remember)
        model.infer(x, torch.zeros(len(x), dtype=torch.int64))
    return seen


def test_it_decides_as_the_float_model(model, state):
    """Digits that neither has seen."""
    inputs, labels = digits("test")
    x, labels = torch.from_numpy(inputs), torch.from_numpy(labels).long()
    real = model.infer(x, labels).prediction
    found = integer_model(network(), state).infer(x, labels).prediction
    assert (real == labels).double().mean() > 0.85
    assert (real == found).double().mean() > 0.97
    accuracies = [(prediction == labels).double().mean() for prediction in (real, found)]
    assert abs(accuracies[0] - accuracies[1]) < 0.02


def test_it_hands_on_what_the_float_model_does(model, state):
    """To the rounding of inputs and weights; channels at the least scale may be coarser."""
    x = torch.from_numpy(INPUTS[:512])
    integers = integer_model(network(), state)
    pairs = zip(outputs(model, x, FloatNormaliser), outputs(integers, x), strict=True)
    for layer, (real, found) in enumerate(pairs):
        found = max_pool(found) if found.shape != real.shape else found
        expected = (real * 2**NORMALISED_INPUT_FRACTION).clamp(-ACT_MAX, ACT_MAX)
        fine = integers.channels[layer].outputs.unit > integers.shifts[layer]
        assert fine.double().mean() > 0.75
        difference = (found - expected)[..., fine]
        assert difference.abs().mean() < 1.5, layer
        assert difference.mean(dim=(0, 1, 2)).abs().max() < 1.5, layer


def test_statistics_are_sound(state):
    """Each in its range, units such as the shifts allow, magnitudes near their target."""
    for layer, values in enumerate(state.channels):
        for field, limits in RANGES.items():
            assert values[:, field].min() >= limits[0] and values[:, field].max() <= limits[-1]
        if layer < len(LAYERS) - 1:
            shape = network().geometry[layer]
            scales = values[:, ChannelField.UNIT] - state.shifts[layer]
            assert scales.min() >= 0 and scales.max() <= SCALE_MAX
            target = deviation_target(BATCH * shape.handed_on) << FRACTION - TARGET_FRACTION
            ratio = values[:, ChannelField.DEVIATION] / target
            assert ratio.max() < 1.5 and 0.7 < np.median(ratio) < 1.4


def test_sizes_are_those_of_the_gradients(state):
    integers = integer_model(network(), state)
    x, labels = torch.from_numpy(INPUTS), torch.from_numpy(LABELS)
    ends = range(BATCH, 512, BATCH)
    batches = [integers.gradients(x[e - BATCH : e], labels[e - BATCH : e]) for e in ends]
    for layer, gradients in enumerate(zip(*batches, strict=True)):
        rms = torch.stack(gradients).double().square().mean(dim=(0, 1)).sqrt()
        bits = rms.log2() - integers.channels[layer].gradient.size
        assert bits[rms > 0].abs().max() < 2 and abs(bits[rms > 0].median()) < 0.75, layer


def test_training_goes_on_without_a_jump(state):
    """Ten small steps: units and sizes change by a bit at most, few of them at all."""
    integers = integer_model(network(), state)
    integers.settings = layer_settings(network(), BATCH, 16)
    for inputs, labels in islice(batches_of(INPUTS, LABELS, BATCH, 1), 10):
        integers.train_step(torch.from_numpy(inputs), torch.from_numpy(labels))
    for before, after in zip(state.channels, state_of(integers).channels, strict=True):
        for field in (ChannelField.UNIT, ChannelField.SIZE):
            moved = np.abs(after[:, field] - before[:, field])
            assert moved.max() <= 2 and moved.mean() < 0.25, field.name


def arrays(state):
    """Everything but shifts."""
    parts = (state.weights, state.modulations, state.velocities, state.channels)
    return [array.tolist() for part in parts for array in part], state.step


def test_trials_change_nothing_else(state):
    """Calibration sets shifts alone, and gradients are looked at without any change."""
    for options in ({}, {"normalise": False}, {"step": "layer", "momentum_shift": 3}):
        net = network(**options)
        channels = state.channels if net.channel_state else []
        start = state.__class__(state.weights, [3, 3, 3, 0], 77, channels=channels)
        integers = integer_model(net, start)
        before = state_of(integers)
        x, labels = torch.from_numpy(INPUTS[:BATCH]), torch.from_numpy(LABELS[:BATCH])
        integers.gradients(x, labels)
        after = state_of(integers)
        assert (arrays(after), after.shifts) == (arrays(before), before.shifts)
        integers.calibrate(x)
        after = state_of(integers)
        assert arrays(after) == arrays(before) and min(after.shifts[:-1]) > 3


def test_gradients_are_those_of_a_training_step(state, monkeypatch):
    integers, seen = integer_model(network(), state), []
    x, labels = torch.from_numpy(INPUTS[:BATCH]), torch.from_numpy(LABELS[:BATCH])
    expected = integers.gradients(x, labels)
    monkeypatch.setattr(integers, "_update", lambda index, gradient, scale: seen.append(gradient))
    integers.train_step(x, labels)
    assert all(torch.equal(a, b) for a, b in zip(seen, expected, strict=True))


def test_a_unit_below_its_shift_is_the_same_at_it(state):
    integers = integer_model(network(), state)
    x = torch.from_numpy(INPUTS[:64])
    outside = integers.channels[1].outputs
    outside.unit[::2] = integers.shifts[1] - t(range(1, 13))
    before = outputs(integers, x)[1]
    settle_units(integers)
    inside = integers.channels[1].outputs
    assert (inside.unit[::2] == integers.shifts[1]).all()
    after = outputs(integers, x)[1]
    coarser = SCALE_MAX * 2  # channels at most so far below
    assert torch.equal(after[..., :coarser], before[..., :coarser])


@pytest.mark.parametrize("options", [{"normalise": False}, {"step": "layer"}, {}])
def test_without_training_or_data_statistics_are_the_initial_ones(options):
    """An untrained float model, and fewer samples than a batch."""
    net = network(**options)
    state = quantised(pretrain(net, [], 0), INPUTS[:5], LABELS[:5])
    for found, initial in zip(state.channels, initial_channels(net, BATCH), strict=True):
        gradients = [ChannelField.POWER, ChannelField.SIZE]
        assert (found[:, gradients] == initial[:, gradients]).all()
        if not net.normalise:
            assert (found == initial).all()


def test_a_channel_without_a_gradient_keeps_its_size(state):
    integers = integer_model(network(), state)
    integers.channels[0].gradient.size[3] = 17
    x, labels = torch.zeros(BATCH, 64, dtype=torch.int64), torch.from_numpy(LABELS[:BATCH])
    before = integers.channels[0].gradient.size.clone()
    set_sizes(integers, [(x, labels)])
    assert torch.equal(integers.channels[0].gradient.size, before)
