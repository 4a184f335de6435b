"""The integer model as a whole: against the float rule, and what training may change."""

import numpy as np
import pytest
import torch

from lls_hw.contract import formats as f
from lls_hw.contract.basis import square_basis
from lls_hw.golden import integer, rule
from lls_hw.golden.float_model import FloatModel
from lls_hw.golden.maps import average, cell_sums, max_pool, patches
from lls_hw.golden.model import IntegerModel
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Conv, Dense, Network, Training

FRACTION = 12


def network(*outputs, inputs=30, temperature_shift=0, **training):
    layers = tuple(Dense(n, temperature_shift=temperature_shift) for n in outputs)
    return Network("test", (1, 1, inputs), layers, Training(**training))


def convolutions(temperature_shift=0):
    """Cells that divide the map and cells that do not; pooling, averaging, a block of vectors."""
    t = {"temperature_shift": temperature_shift}
    layers = (
        Conv(outputs=9, cells=4, pool=True, **t), Conv(outputs=8, kernel=1, cells=1, **t),
        Conv(outputs=12, stride=2, cells=2, average=True, **t), Dense(20, **t), Dense(10),
    )  # fmt: skip
    return Network("test", (2, 10, 9), layers)


def integer_model(net, seed=0, lr_shift=1, batch=16):
    widest = max((shape.latents for shape in net.geometry[:-1]), default=1)
    basis = square_basis(net.classes, widest)
    settings = layer_settings(net, batch, lr_shift)
    return IntegerModel(initial_weights(net, seed), settings, initial_shifts(net), basis)


def batch(net, seed, samples=16):
    r = np.random.default_rng(seed)
    x = torch.tensor(r.integers(0, 128, (samples, net.inputs)))
    return x, torch.tensor(r.integers(0, net.classes, samples))


def outputs(x, w, shape, shift):
    """What a block hands to the next one."""
    maps = x.reshape(-1, shape.in_height, shape.in_width, shape.in_channels)
    h = integer.activation(integer.forward(patches(maps, shape), w), shift)[0]
    h = h.reshape(len(x), shape.height, shape.width, shape.channels)
    if shape.average:
        return average(cell_sums(h, shape.cells), shape)
    return max_pool(h) if shape.pool else h


@pytest.mark.parametrize("temperature_shift", [-3, 0, 1, 4])
@pytest.mark.parametrize("d", [8, 64, 200])
def test_latent_error_is_the_float_rules(d, temperature_shift):
    """M is T dL/du 2**exponent of the float rule, saturated, within 0.3 % of one (2**15)."""
    r = np.random.default_rng(d)
    u = torch.tensor(r.integers(-127, 128, (300, d)))
    labels = torch.tensor(r.integers(0, 10, 300))
    basis = torch.tensor(square_basis(10, d), dtype=torch.int64)
    m, exponent, _, _ = integer.latent_error(u, labels, basis, temperature_shift)
    temperature = 2.0**-temperature_shift
    _, real = rule.local_error(u.double(), labels, basis.double(), temperature)
    expected = real * temperature * 2.0 ** exponent.double()[:, None]
    assert (m - expected.clamp(-f.LATENT_MAX, f.LATENT_MAX)).abs().max() < 100


@pytest.mark.parametrize("kind", ["vectors", "maps"])
@pytest.mark.parametrize("temperature_shift", [-1, 0, 2])
def test_weight_steps_are_the_float_steps(temperature_shift, kind):
    """Weight steps are -lr 2**f dL/dw of the float rule, in all layers.

    Large learning rates make the stochastic rounding small; errors of 8 bits remain.
    """
    if kind == "vectors":
        net, lr_shift = network(40, 20, 10, temperature_shift=temperature_shift), -4
    else:
        net, lr_shift = convolutions(temperature_shift), 0
    x, labels = batch(net, 3)
    start, probe = integer_model(net), integer_model(net)
    model = integer_model(net, lr_shift=lr_shift)
    probe.train_step(x, labels)
    start.shifts, model.shifts = list(probe.shifts), list(probe.shifts)
    model.train_step(x, labels)

    h = x.double()
    for k, (weights, setting) in enumerate(zip(start.weights, start.settings, strict=True)):
        w = weights.double() / 2**FRACTION
        if setting.classifier:
            gradient = rule.classifier_gradient(h.flatten(1) / 64, w, labels).weight
        else:
            shape, temperature = setting.shape, 2.0**-temperature_shift
            basis = start.basis[:, : shape.latents].double()
            gradient = rule.block_gradient(h, w, shape, labels, basis, temperature).weight
            h = outputs(h.long(), weights, shape, start.shifts[k]).double()
        expected = -(2.0 ** (FRACTION - lr_shift)) * gradient
        step = (model.weights[k] - weights).double()
        inside = model.weights[k].abs() < f.WEIGHT_MAX
        assert inside.double().mean() > 0.8
        error = (step - expected)[inside].norm() / expected[inside].norm()
        assert error < 0.04, f"layer {k}: relative difference {float(error):.3f}"


def test_inference_changes_nothing():
    net = network(16, 10)
    model = integer_model(net)
    x, labels = batch(net, 1)
    before = [w.clone() for w in model.weights], list(model.shifts), model.step
    first = model.infer(x, labels)
    assert torch.equal(first.prediction, model.infer(x, labels).prediction)
    assert all(torch.equal(a, b) for a, b in zip(before[0], model.weights, strict=True))
    assert (model.shifts, model.step) == before[1:]


def test_training_makes_the_shifts_follow_the_data():
    net = network(16, 10)
    model = integer_model(net)
    x, labels = batch(net, 1)
    x[0, 0] = 127
    z = integer.forward(x, model.weights[0])
    model.train_step(x, labels)
    largest = int(torch.where(z < 0, -z // 8, z).max())
    assert (largest >> model.shifts[0]).bit_length() == 6
    model.train_step(torch.zeros_like(x), labels)
    assert model.shifts[0] == 0
    assert model.step == 2


def test_a_zero_batch_moves_no_weight():
    net = network(16, 10)
    model = integer_model(net)
    before = [w.clone() for w in model.weights]
    model.train_step(torch.zeros(16, net.inputs, dtype=torch.int64), torch.zeros(16).long())
    assert all(torch.equal(a, b) for a, b in zip(before, model.weights, strict=True))


def test_a_classifier_alone_trains():
    net = network(4, inputs=8)
    model = integer_model(net, lr_shift=0)
    x = torch.eye(8, dtype=torch.int64) * 127
    labels = torch.arange(8) % 4
    for _ in range(60):
        result = model.train_step(x, labels)
    assert torch.equal(result.prediction, labels)
    assert float(result.loss.mean()) < 0.5


def test_loss_is_the_cross_entropy_of_the_logits():
    net = network(16, 10)
    model = integer_model(net)
    x, labels = batch(net, 1)
    h = integer.activation(integer.forward(x, model.weights[0]), model.shifts[0])[0]
    logits = (h.double() / 64) @ (model.weights[1].double() / 2**FRACTION)
    loss = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(model.infer(x, labels).loss, loss, rtol=0, atol=0.02)


def test_last_layer_must_be_the_classifier():
    net = network(10, 10, inputs=10)
    model = integer_model(net)
    model.settings = [model.settings[0], model.settings[0]]
    with pytest.raises(ValueError, match="classifier"):
        model.infer(*batch(net, 1))


@pytest.mark.parametrize("layers", ["vectors", "maps"])
@pytest.mark.parametrize("kind", ["integer", "float"])
def test_both_models_learn(kind, layers):
    """Two models of one network learn 10 noisy prototypes to above 95 % in 100 steps."""
    net = network(48, 24, 10, inputs=64)
    if layers == "maps":
        stack = (Conv(outputs=16, cells=4, pool=True), Conv(outputs=16, cells=4, average=True))
        net = Network("test", (1, 8, 8), (*stack, Dense(10)))
    r = np.random.default_rng(0)
    prototypes = r.integers(0, 2, (10, 64)) * 100
    model = integer_model(net)
    real = FloatModel(net, [w.double() / 2**FRACTION for w in model.weights], model.basis)
    correct = 0
    for step in range(150):
        labels = torch.tensor(r.integers(0, 10, 16))
        x = torch.tensor(np.clip(prototypes[labels] + r.integers(-20, 21, (16, 64)), 0, 127))
        if kind == "integer":
            result = model.train_step(x, labels)
        else:
            result = real.train_step(x / 127, labels, 1)
        correct += int((result.prediction == labels).sum()) if step >= 100 else 0
    assert correct / (50 * 16) > 0.95
