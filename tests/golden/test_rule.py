"""The float rule by hand against autograd."""

import pytest
import torch
import torch.nn.functional as nn

from lls_hw.contract.basis import square_basis
from lls_hw.golden import rule
from lls_hw.network.network import Conv, Dense

TOLERANCE = {"rtol": 1e-6, "atol": 1e-12}


def data(seed, samples, fan_in, fan_out, classes):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(samples, fan_in, generator=g, dtype=torch.float64)
    w = torch.randn(fan_in, fan_out, generator=g, dtype=torch.float64) / fan_in**0.5
    labels = torch.randint(classes, (samples,), generator=g)
    return x, w.requires_grad_(), labels


@pytest.mark.parametrize("temperature", [0.0625, 0.5, 1.0, 8.0])
@pytest.mark.parametrize(
    "samples, fan_in, d, classes", [(16, 40, 25, 10), (1, 3, 2, 2), (7, 5, 90, 100)]
)
def test_block(samples, fan_in, d, classes, temperature):
    x, w, labels = data(d, samples, fan_in, d, classes)
    basis = torch.tensor(square_basis(classes, d), dtype=torch.float64)
    h = nn.leaky_relu(x @ w, 1 / 8)
    h.retain_grad()
    scores = nn.normalize(h, dim=1, eps=0) @ basis.T
    losses = nn.cross_entropy(scores / temperature, labels, reduction="none")
    losses.mean().backward()

    shape = Dense(d).shape(fan_in, 1, 1)
    step = rule.block_gradient(x, w.detach(), shape, labels, basis, temperature)
    torch.testing.assert_close(step.output.flatten(1), h.detach(), **TOLERANCE)
    torch.testing.assert_close(step.loss, losses.detach(), **TOLERANCE)
    torch.testing.assert_close(step.error / samples, h.grad, **TOLERANCE)
    torch.testing.assert_close(step.weight, w.grad, **TOLERANCE)


@pytest.mark.parametrize("temperature", [0.25, 1.0])
@pytest.mark.parametrize(
    "kernel, stride, height, width, cells",
    [(3, 1, 8, 8, 4), (3, 1, 7, 5, 2), (3, 2, 7, 8, 2), (1, 1, 3, 4, 1), (1, 2, 5, 5, 2)],
)
def test_convolution(kernel, stride, height, width, cells, temperature):
    """Autograd through conv2d, and through sums whose cells are made of Python slices."""
    samples, channels, outputs, classes = 4, 3, 6, 10
    x, w, labels = data(kernel * height, samples, kernel**2 * channels, outputs, classes)
    x = torch.randn(samples, height, width, channels, dtype=torch.float64,
                    generator=torch.Generator().manual_seed(width))  # fmt: skip
    shape = Conv(outputs=outputs, kernel=kernel, stride=stride, cells=cells).shape(
        channels, height, width
    )
    basis = torch.tensor(square_basis(classes, shape.latents), dtype=torch.float64)
    kernels = w.reshape(kernel, kernel, channels, outputs).permute(3, 2, 0, 1)
    z = nn.conv2d(x.permute(0, 3, 1, 2), kernels, stride=stride, padding=kernel // 2)
    h = nn.leaky_relu(z, 1 / 8).permute(0, 2, 3, 1)
    cell = {}
    for row in range(h.shape[1]):
        for column in range(h.shape[2]):
            place = row * cells // h.shape[1], column * cells // h.shape[2]
            cell[place] = cell.get(place, 0) + h[:, row, column]
    u = torch.cat([cell[place] for place in sorted(cell)], dim=1)
    u.retain_grad()
    scores = nn.normalize(u, dim=1, eps=0) @ basis.T
    losses = nn.cross_entropy(scores / temperature, labels, reduction="none")
    losses.mean().backward()

    step = rule.block_gradient(x, w.detach(), shape, labels, basis, temperature)
    torch.testing.assert_close(step.output, h.detach(), **TOLERANCE)
    torch.testing.assert_close(step.loss, losses.detach(), **TOLERANCE)
    torch.testing.assert_close(step.error / samples, u.grad, **TOLERANCE)
    torch.testing.assert_close(step.weight, w.grad, **TOLERANCE)


@pytest.mark.parametrize("samples, fan_in, classes", [(16, 40, 10), (1, 3, 2), (7, 5, 100)])
def test_classifier(samples, fan_in, classes):
    x, w, labels = data(1, samples, fan_in, classes, classes)
    losses = nn.cross_entropy(x @ w, labels, reduction="none")
    losses.mean().backward()
    step = rule.classifier_gradient(x, w.detach(), labels)
    torch.testing.assert_close(step.loss, losses.detach(), **TOLERANCE)
    torch.testing.assert_close(step.weight, w.grad, **TOLERANCE)


def test_zero_latent_gets_no_gradient():
    basis = torch.tensor(square_basis(10, 8), dtype=torch.float64)
    loss, error = rule.local_error(torch.zeros(2, 8, dtype=torch.float64), torch.tensor([0, 9]),
                                   basis, 1.0)  # fmt: skip
    assert torch.equal(error, torch.zeros_like(error))
    torch.testing.assert_close(loss, torch.full_like(loss, 10.0).log())


def test_scale_of_the_latent_cancels():
    x, _, labels = data(2, 4, 20, 1, 10)
    basis = torch.tensor(square_basis(10, 20), dtype=torch.float64)
    loss, error = rule.local_error(x, labels, basis, 0.5)
    scaled_loss, scaled_error = rule.local_error(1024 * x, labels, basis, 0.5)
    torch.testing.assert_close(scaled_loss, loss)
    torch.testing.assert_close(scaled_error, error / 1024)
