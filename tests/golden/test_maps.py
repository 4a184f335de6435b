"""Integer arithmetic on maps against torch's own convolution, pooling and autograd."""

from fractions import Fraction
from math import floor

import pytest
import torch
import torch.nn.functional as nn

from lls_hw.contract import formats as f
from lls_hw.contract.basis import square_basis
from lls_hw.golden import integer
from lls_hw.golden.maps import average, cell_sums, from_cells, max_pool, patches
from lls_hw.golden.model import IntegerModel
from lls_hw.golden.noise import noise
from lls_hw.network.geometry import cell_edges
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Conv, Dense, Network

CASES = [
    Conv(outputs=outputs, kernel=kernel, stride=stride, cells=1).shape(channels, height, width)
    for kernel, stride, channels, height, width, outputs in [
        (3, 1, 1, 1, 1, 1), (3, 1, 3, 8, 8, 5), (3, 1, 2, 1, 7, 4), (3, 2, 4, 7, 6, 3),
        (3, 2, 1, 6, 7, 2), (1, 1, 5, 4, 3, 6), (1, 2, 3, 5, 6, 2), (1, 2, 2, 1, 1, 3),
    ]
] + [Dense(7).shape(3, 4, 5), Dense(6).shape(11, 1, 1)]  # fmt: skip


def name(shape):
    return (
        f"{shape.kernel_height}x{shape.kernel_width}s{shape.stride}-"
        f"{shape.in_channels}x{shape.in_height}x{shape.in_width}"
    )


def integers(seed, *size, limit=127):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-limit, limit + 1, size, generator=generator)


def kernels(w, shape):
    """(fan_in, C_out) as torch's (C_out, C_in, rows, columns)."""
    size = shape.kernel_height, shape.kernel_width, shape.in_channels, shape.channels
    return w.reshape(size).permute(3, 2, 0, 1)


def convolve(x, w, shape):
    """torch's convolution of (N, H, W, C) maps, in float64: exact below 2**53."""
    z = nn.conv2d(
        x.double().permute(0, 3, 1, 2), kernels(w.double(), shape), stride=shape.stride,
        padding=shape.pad,
    )  # fmt: skip
    return z.permute(0, 2, 3, 1)


@pytest.mark.parametrize("shape", CASES, ids=name)
def test_forward_is_the_convolution(shape):
    x = integers(1, 3, shape.in_height, shape.in_width, shape.in_channels)
    w = integers(2, shape.fan_in, shape.channels, limit=f.WEIGHT_MAX)
    z = integer.forward(patches(x, shape), w)
    assert torch.equal(z, convolve(x, w, shape).reshape(-1, shape.channels).long())


@pytest.mark.parametrize("shape", CASES, ids=name)
def test_weight_gradient_is_the_convolutions(shape):
    x = integers(3, 3, shape.in_height, shape.in_width, shape.in_channels)
    v = integers(4, 3 * shape.pixels, shape.channels, limit=1016)
    w = torch.zeros(shape.fan_in, shape.channels, dtype=torch.float64, requires_grad=True)
    convolve(x, w, shape).backward(v.double().reshape(3, shape.height, shape.width, -1))
    assert torch.equal(integer.weight_gradient(patches(x, shape), v), w.grad.long())


@pytest.mark.parametrize("height", range(2, 9))
@pytest.mark.parametrize("width", [2, 5, 8])
def test_max_pool(height, width):
    h = integers(height * width, 3, height, width, 4)
    expected = nn.max_pool2d(h.double().permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    assert torch.equal(max_pool(h), expected.long())


@pytest.mark.parametrize("cells", [1, 2, 4])
@pytest.mark.parametrize("factors", [(1, 1), (2, 3), (7, 1), (4, 4)])
def test_sums_are_pytorchs_averages_where_sizes_divide(factors, cells):
    """The order differs: cells outside and channels inside, against channels outside."""
    height, width = (factor * cells for factor in factors)
    h = integers(cells, 3, height, width, 5)
    means = nn.adaptive_avg_pool2d(h.double().permute(0, 3, 1, 2), cells)
    expected = (means * factors[0] * factors[1]).permute(0, 2, 3, 1).flatten(1)
    torch.testing.assert_close(cell_sums(h, cells).double(), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("cells", [1, 2, 4])
@pytest.mark.parametrize("size", [(4, 4), (5, 7), (6, 9), (7, 7), (11, 4)])
def test_each_pixel_belongs_to_one_cell(size, cells):
    """A map with a single one has a single one among its latents, at floor(y * cells / H)."""
    height, width = size
    for y in range(height):
        for x in range(width):
            h = torch.zeros(1, height, width, 2, dtype=torch.int64)
            h[0, y, x, 1] = 1
            cell = y * cells // height * cells + x * cells // width
            assert cell_sums(h, cells).nonzero().tolist() == [[0, 2 * cell + 1]]


def test_seven_rows_in_two_cells():
    """Rows 0..3 and 4..6; PyTorch's adaptive pooling would count row 3 twice."""
    h = torch.arange(7).reshape(1, 7, 1, 1).repeat(1, 1, 7, 1)
    rows = [4 * (0 + 1 + 2 + 3), 3 * (0 + 1 + 2 + 3), 4 * (4 + 5 + 6), 3 * (4 + 5 + 6)]
    assert cell_sums(h, 2).tolist() == [rows]
    means = nn.adaptive_avg_pool2d(h.double().permute(0, 3, 1, 2), 2)
    assert means.flatten().tolist() == [1.5, 1.5, 4.5, 4.5]


@pytest.mark.parametrize("cells", [1, 2, 4])
@pytest.mark.parametrize("size", [(4, 4), (5, 7), (9, 6), (28, 28)])
def test_pixels_get_the_errors_of_their_cells(size, cells):
    """<cell_sums(h), v> = <h, from_cells(v)>: the one is the gradient of the other."""
    shape = Conv(outputs=3, cells=cells).shape(1, *size)
    h = integers(5, 2, *size, 3)
    v = integers(6, 2, shape.latents, limit=f.LATENT_MAX)
    spread = from_cells(v, shape)
    assert spread.shape == (2 * shape.pixels, 3)
    assert int((cell_sums(h, cells) * v).sum()) == int((h.reshape(-1, 3) * spread).sum())
    floats = h.double().requires_grad_()
    (cell_sums(floats, cells) * v).sum().backward()
    assert torch.equal(floats.grad.reshape(-1, 3).long(), spread)


@pytest.mark.parametrize("shift", range(16))
def test_average(shift):
    shape = Conv(outputs=8, cells=2, average=True, average_shift=shift).shape(1, 5, 5)
    u = integers(shift, 40, shape.latents, limit=200 << shift)
    u[0] = torch.arange(-16, 16) << shift >> 1
    u[1, :6] = torch.tensor([127, 128, -127, -128, 0, 1]) << shift
    exact = [max(-127, min(127, floor(Fraction(s, 1 << shift) + Fraction(1, 2))))
             for s in u.flatten().tolist()]  # fmt: skip
    a = average(u, shape)
    assert a.shape == (40, 2, 2, 8)
    assert a.flatten().tolist() == exact


def by_hand(x, w, labels, shift, setting, basis, step):
    """One convolutional block with torch's operators: new weights, and the map behind it."""
    shape = setting.shape
    z = convolve(x, w, shape).long()
    h, negative, length = integer.activation(z.reshape(-1, shape.channels), shift)
    h = h.reshape(z.shape).double().requires_grad_()
    rows, columns = cell_edges(shape.height, shape.cells), cell_edges(shape.width, shape.cells)
    u = torch.cat([h[:, a:b, c:d].sum((1, 2)) for a, b in zip(rows, rows[1:], strict=False)
                   for c, d in zip(columns, columns[1:], strict=False)], dim=1)  # fmt: skip
    m, exponent, _, _ = integer.latent_error(
        u.long(), labels, basis[:, : shape.latents], setting.temperature_shift
    )
    shifts, level = integer.error_shifts(m, exponent)
    (u * m).sum().backward()
    v = torch.stack([
        integer.delta(h.grad[n].reshape(-1, shape.channels).long(),
                      shifts[n].repeat(shape.pixels), part)
        for n, part in enumerate(negative.reshape(len(x), -1, shape.channels))
    ])  # fmt: skip
    leaf = w.double().requires_grad_()
    convolve(x, leaf, shape).backward(v.double().reshape(z.shape))
    update_shift = setting.update_offset + shift - level
    after = integer.update(w, leaf.grad.long(), update_shift, noise(step, 0, *w.shape))
    return after, h.detach(), integer.next_shift(length, setting.headroom)


@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("stride, cells, size", [(1, 2, (7, 7)), (2, 1, (6, 5)), (1, 4, (8, 5))])
def test_training_step_of_a_block(stride, cells, size, pool):
    layer = Conv(outputs=6, stride=stride, cells=cells, pool=pool)
    network = Network("n", (2, *size), (layer, Dense(4)))
    settings = layer_settings(network, 5, 0)
    basis = square_basis(4, network.geometry[0].latents)
    weights = [integers(k, *s, limit=2000) for k, s in enumerate(network.shapes)]
    model = IntegerModel([w.numpy() for w in weights], settings, [12, 0], basis, step=7)
    x = integers(9, 5, *size, 2)
    labels = torch.tensor([0, 3, 1, 2, 2])
    after, h, shift = by_hand(x, weights[0], labels, 12, settings[0], torch.tensor(basis).long(), 7)
    if pool:
        h = nn.max_pool2d(h.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    z = integer.forward(h.flatten(1).long(), weights[1])
    _, _, prediction, p = integer.classifier_error(z, settings[1].logit_shift, labels)
    result = model.train_step(x.flatten(1), labels)
    assert torch.equal(model.weights[0], after)
    assert not torch.equal(after, weights[0])
    assert model.shifts[0] == shift
    assert torch.equal(result.prediction, prediction)
    assert torch.equal(result.probability, p)


def test_a_dense_layer_reads_a_map_in_its_order():
    """Rows, columns, channels: the order in which inputs lie in memory."""
    shape = Dense(1).shape(2, 2, 3)
    assert patches(torch.arange(12).reshape(1, 2, 3, 2), shape).tolist() == [list(range(12))]
