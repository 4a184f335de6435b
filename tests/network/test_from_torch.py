"""Networks of `nn.Sequential`: what the engine has, and one sentence for all else."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from lls_hw.network.modules import read_modules
from lls_hw.network.network import Conv, Dense, Network, NetworkError, Training

ACT = nn.LeakyReLU(0.125)


def conv(inputs, outputs, kernel=3, **settings):
    settings = {"padding": int(kernel == 3), "bias": False} | settings
    return nn.Conv2d(inputs, outputs, kernel, **settings)


def dense(inputs, outputs, **settings):
    return nn.Linear(inputs, outputs, **{"bias": False} | settings)


def after(*modules, inputs=2, pixels=64):
    """A convolution of 4 channels on 8 x 8 pixels, then modules, then a classifier."""
    head = (conv(inputs, 4), ACT)
    return nn.Sequential(*head, *modules, nn.Flatten(), dense(4 * pixels, 3))


def test_layers_of_a_whole_network():
    module = nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(conv(3, 32), ACT, nn.MaxPool2d(2)),
            body=nn.Sequential(
                nn.Identity(),
                nn.Sequential(conv(32, 64, 1), nn.MaxPool2d((2, 2), stride=2), ACT),
                nn.Dropout2d(0.1),
                conv(64, 48, stride=2, padding="valid", kernel=1),
                ACT,
                nn.AvgPool2d(2),
            ),
            flat=nn.Flatten(),
            hidden=dense(48 * 4, 20),
            act=ACT,
            drop=nn.Dropout(),
            head=dense(20, 10),
            softmax=nn.Softmax(dim=-1),
        )
    )
    network = Network.from_torch(module, [3, 32, 32], training=Training(batch=4), offset=9)
    assert network == Network(
        "torch",
        (3, 32, 32),
        (
            Conv(outputs=32, kernel=3, cells=4, pool=True),
            Conv(outputs=64, kernel=1, cells=2, pool=True),
            Conv(outputs=48, kernel=1, stride=2, cells=2, average=True),
            Dense(20),
            Dense(10),
        ),
        Training(batch=4),
        offset=9,
    )
    assert module(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


@pytest.mark.parametrize(
    ("pooling", "cells", "pixels"),
    [
        (nn.AdaptiveAvgPool2d(1), 1, 1),
        (nn.AdaptiveAvgPool2d((2, 2)), 2, 4),
        (nn.AdaptiveAvgPool2d((None, 8)), None, 64),
        (nn.AvgPool2d(2), 4, 16),
        (nn.AvgPool2d((4, 4), stride=(4, 4)), 2, 4),
        (nn.AvgPool2d(8), 1, 1),
    ],
)
def test_averages(pooling, cells, pixels):
    module = after(pooling, pixels=pixels)
    assert module(torch.zeros(1, 2, 8, 8)).shape == (1, 3)
    if cells is None:
        with pytest.raises(NetworkError, match="it leaves 8 x 8 averages"):
            Network.from_torch(module, [2, 8, 8])
        return
    layer = Network.from_torch(module, [2, 8, 8]).layers[0]
    assert layer.average and layer.cells == cells


def test_a_vector_needs_no_flatten():
    module = nn.Sequential(dense(12, 20), ACT, dense(20, 3))
    assert Network.from_torch(module, [12, 1, 1]).layers == (Dense(20), Dense(3))
    flattened = nn.Sequential(nn.Flatten(), *module)
    assert Network.from_torch(flattened, [3, 2, 2]).layers == (Dense(20), Dense(3))


def test_normalisation_is_the_networks():
    module = after(nn.BatchNorm2d(4))
    assert Network.from_torch(module, [2, 8, 8]).normalise
    assert not Network.from_torch(after(), [2, 8, 8]).normalise
    assert Network.from_torch(after(), [2, 8, 8], normalise=True).normalise


def test_weights_are_in_the_engines_order():
    """A kernel's rows, columns, channels; a map's rows, columns, channels."""
    module = nn.Sequential(conv(2, 4), ACT, nn.MaxPool2d(2), nn.Flatten(), dense(4 * 6, 3))
    first, last = read_modules(module, (2, 4, 6))
    for ky, kx, c, o in np.ndindex(3, 3, 2, 4):
        assert first.weight[(ky * 3 + kx) * 2 + c, o] == module[0].weight[o, c, ky, kx].item()
    for y, x, c, o in np.ndindex(2, 3, 4, 3):
        assert (
            last.weight[(y * 3 + x) * 4 + c, o] == module[4].weight[o, (c * 2 + y) * 3 + x].item()
        )


def test_weights_of_other_types():
    for module in (after().half(), after().bfloat16(), after().double()):
        first, _ = read_modules(module, (2, 8, 8))
        assert first.weight.dtype == np.float64
        assert first.weight[0, 0] == module[0].weight[0, 0, 0, 0].item()


class Own(nn.Conv2d):
    """It may compute anything."""


def dead(module):
    module.weight.data[0] = 0
    return module


def broken(module):
    module[0].weight.data[0] = torch.nan
    return module


def negative(module):
    module.weight.data[0] = -1
    return module


WRONG = [
    (conv(2, 3), "The module is of type Conv2d; give an nn.Sequential"),
    (None, "The module is of type NoneType; give an nn.Sequential"),
    (nn.ModuleList([conv(2, 3)]), "is of type ModuleList"),
    (nn.Sequential(), "The module has no layers; give at least one nn.Linear"),
    (nn.Sequential(conv(2, 4), nn.ReLU(), nn.Flatten(), dense(256, 3)),
     r"Module '1' \(ReLU\): the engine's activation is LeakyReLU\(0.125\); use it and train again"),
    (nn.Sequential(conv(2, 4), nn.LeakyReLU(), nn.Flatten(), dense(256, 3)),
     r"Module '1' \(LeakyReLU\): its slope is 0.01; the engine's activation is LeakyReLU\(0.125\)"),
    (after(nn.Sequential(OrderedDict(conv=conv(4, 4, 5), act=ACT))),
     r"Module '2.conv' \(Conv2d\): its kernel is 5 x 5; the engine has 3 x 3 and 1 x 1"),
    (after(conv(4, 4, (3, 1), padding=0), ACT), "its kernel is 3 x 1"),
    (after(conv(4, 4, stride=3), ACT), "its stride is .3, 3.; the engine has 1 and 2"),
    (after(conv(4, 4, stride=(1, 2)), ACT), "its stride is .1, 2."),
    (after(conv(4, 4, padding=0), ACT), "its padding is .0, 0.; with a kernel of 3 x 3 .* is 1"),
    (after(conv(4, 4, padding="valid"), ACT), "its padding is 'valid'"),
    (after(conv(4, 4, 1, padding=1), ACT), "with a kernel of 1 x 1 the engine's is 0"),
    (after(conv(4, 4, padding_mode="reflect"), ACT), "its padding_mode is 'reflect'"),
    (after(conv(4, 4, dilation=2, padding=2), ACT), "its dilation is .2, 2.; the engine has none"),
    (after(conv(4, 4, groups=4), ACT), "it has 4 groups; the engine has dense convolutions alone"),
    (after(conv(4, 4, bias=True), ACT), "it has a bias, .* train with bias=False"),
    (after(conv(3, 4), ACT), "it has 3 input channels but gets 4"),
    (after(Own(4, 4, 3, padding=1, bias=False), ACT), r"Module '2' \(Own\): the engine has Conv2d"),
    (after(nn.ConvTranspose2d(4, 4, 3), ACT), r"\(ConvTranspose2d\): the engine has Conv2d"),
    (after(nn.LazyConv2d(4, 3), ACT), "its sizes are not known yet; call the module"),
    (after(nn.GroupNorm(2, 4)), "the engine normalises channels over batches; use BatchNorm2d"),
    (after(conv(4, 4)), r"Module '4' \(Linear\): there is no LeakyReLU after Module '2' \(Conv2d\)"),
    (after(ACT), r"Module '2' \(LeakyReLU\): it is a second activation, after Module '1'"),
    (after(nn.MaxPool2d(3)), r"its kernel_size is 3; the engine has MaxPool2d\(2\)"),
    (after(nn.MaxPool2d(2, stride=1)), "its stride is 1"),
    (after(nn.MaxPool2d(2, padding=1)), "its padding is 1"),
    (after(nn.MaxPool2d(2, ceil_mode=True)), "its ceil_mode is True"),
    (after(nn.MaxPool2d(2), nn.MaxPool2d(2)), r"Module '3' \(MaxPool2d\): it is a second pooling"),
    (after(nn.MaxPool2d(2), nn.AvgPool2d(2)), r"Module '3' \(AvgPool2d\): it is a second pooling"),
    (after(nn.AvgPool2d(3)), "averages of 3 x 3 do not divide a map of 8 x 8 pixels"),
    (after(nn.AvgPool2d(2, stride=1)), "it has a stride, padding or divisor"),
    (after(nn.AvgPool2d(1)), "it leaves 8 x 8 averages of a map of 8 x 8 .* has 1 x 1, 2 x 2"),
    (after(nn.AdaptiveAvgPool2d(3)), "it leaves 3 x 3 averages"),
    (after(nn.AdaptiveAvgPool2d((1, 2))), "it leaves 1 x 2 averages"),
    (after(conv(4, 4, stride=2), ACT, conv(4, 4, stride=2), ACT, nn.MaxPool2d(2),
           conv(4, 4), ACT, nn.AdaptiveAvgPool2d(2)), "a map of 1 x 1 pixels is not divided evenly"),
    (nn.Sequential(conv(2, 4), nn.AvgPool2d(2), ACT, nn.Flatten(), dense(64, 3)),
     r"Module '1' \(AvgPool2d\): there is no LeakyReLU after Module '0'"),
    (nn.Sequential(nn.BatchNorm2d(2), conv(2, 4), ACT), "before the first layer; give mean and std"),
    (nn.Sequential(conv(2, 4), nn.BatchNorm2d(4), ACT, nn.Flatten(), dense(256, 3)),
     r"Module '1' \(BatchNorm2d\): it comes before the activation; the engine normalises after it"),
    (after(nn.BatchNorm2d(4), nn.BatchNorm2d(4)), "it is a second normalisation of a layer"),
    (after(nn.Flatten(), nn.BatchNorm1d(256)), "it has 256 channels, its layer 4; normalise before"),
    (after(nn.BatchNorm2d(4, track_running_stats=False)), "it keeps no running statistics"),
    (after(dead(nn.BatchNorm2d(4))), "a channel has the weight 0; take the channel out"),
    (after(negative(nn.BatchNorm2d(4)), nn.MaxPool2d(2)), "negative weights; put it before"),
    (nn.Sequential(dense(128, 3)), "gets a map of 8 x 8 pixels; put nn.Flatten"),
    (nn.Sequential(nn.Flatten(2), dense(128, 3)), "it flattens dimensions 2 to -1"),
    (nn.Sequential(nn.Flatten(), dense(100, 3)), r"it has 100 inputs but gets 128 \(2 x 8 x 8\)"),
    (nn.Sequential(nn.Flatten(), dense(128, 20), ACT, nn.MaxPool2d(2), dense(20, 3)),
     "it gets a vector; the engine pools the maps of convolutions"),
    (nn.Sequential(nn.Flatten(), dense(128, 3), ACT), r"\(LeakyReLU\): it follows the last layer"),
    (nn.Sequential(conv(2, 4), ACT), r"\(Conv2d\): it is the last layer; end with nn.Flatten"),
    (after(nn.Softmax(1)), "it follows no nn.Linear; it may only stand at the end"),
    (nn.Sequential(nn.Flatten(), dense(128, 3), nn.Softmax(0)), "its dim is 0"),
    (nn.Sequential(nn.Flatten(), dense(128, 3), nn.Softmax(1), dense(3, 3)),
     r"it follows Module '2' \(Softmax\), which must be the last"),
    (nn.Sequential(nn.Flatten(), dense(128, 20), ACT, conv(20, 3)), "it gets a vector; put conv"),
    (broken(after()), "its weights are not all finite"),
    (nn.Sequential(nn.Flatten(), dense(128, 3, dtype=torch.complex64)), "weights are torch.complex"),
    (nn.Sequential(nn.Flatten(), dense(128, 300)), "outputs of the last layer .* is 300"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "message"), WRONG)
def test_what_the_engine_lacks(module, message):
    with pytest.raises(NetworkError, match=message) as caught:
        Network.from_torch(module, [2, 8, 8])
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (8, "input is 8; it must be a list"),
        ([8, 8], "give channels, height and width"),
        ([2, 8, 0], "a size in input is 0"),
        ([2, 8, 8.0], "a size in input is 8.0"),
        ([2, 64, 64], r"Module '3' \(Linear\): it has 256 inputs but gets 16384"),
        (
            [2, 200, 200],
            r"Module '0' \(Conv2d\): a cell has 40000 pixels; sums are exact up to 1032",
        ),
    ],
)
def test_wrong_sizes(size, message):
    with pytest.raises(NetworkError, match=message):
        Network.from_torch(after(), size)
