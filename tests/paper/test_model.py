"""The model beside one of PyTorch's modules: inference, statistics, beginning."""

from math import prod

import pytest
import torch
from torch import nn

from lls_hw.network.file import load_network
from lls_hw.paper.learning import learn
from lls_hw.paper.model import PaperModel
from lls_hw.paper.networks import RecipeError, network
from lls_hw.paper.optimiser import Optimisers
from lls_hw.paper.pooling import averages, max_pool, max_unpool, spread
from lls_hw.paper.rules import RULES, rule


def torch_smallconv(model):
    """SmallConv as PyTorch users write it, with the same weights."""
    layers, inputs = [], 1
    for block in model.blocks[:3]:
        outputs = block.plan.stages[0].stage.outputs
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs),
                   nn.LeakyReLU(0.01)]  # fmt: skip
        layers.append(nn.MaxPool2d(2) if block.plan.block.pool else nn.AdaptiveAvgPool2d(2))
        inputs = outputs
    layers += [nn.Flatten(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.LeakyReLU(0.01),
               nn.Linear(512, 10)]  # fmt: skip
    module = nn.Sequential(*layers).double()
    linear = [m for m in module if isinstance(m, (nn.Conv2d, nn.Linear))]
    for target, source in zip(linear, [b.stages[0] for b in model.blocks] + [model.classifier],
                              strict=True):  # fmt: skip
        target.weight.data.copy_(source.weight)
        target.bias.data.copy_(source.bias)
    return module


def test_smallconv_is_pytorchs():
    """Forward in training, running statistics, forward in inference; maps of 7 x 7 included."""
    plan = network("smallconv").plan((1, 28, 28), 10)
    model = PaperModel(plan, rule("lls-square"), dtype=torch.float64)
    module = torch_smallconv(model)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        x = torch.randn(5, 1, 28, 28, generator=generator, dtype=torch.float64)
        torch.testing.assert_close(model.infer(x, train=True), module(x).detach())
    norms = [m for m in module if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for block, norm in zip(model.blocks, norms, strict=True):
        torch.testing.assert_close(block.stages[0].mean, norm.running_mean)
        torch.testing.assert_close(block.stages[0].variance, norm.running_var)
    module.eval()
    torch.testing.assert_close(model.infer(x), module(x).detach())


@pytest.mark.parametrize("size, cells", [(7, 2), (8, 4), (5, 3), (3, 4), (7, 1), (1, 2)])
def test_averages_are_pytorchs(size, cells):
    generator = torch.Generator().manual_seed(size)
    h = torch.randn(3, 4, size, size + 1, generator=generator, dtype=torch.float64)
    h.requires_grad_()
    expected = nn.functional.adaptive_avg_pool2d(h, (cells, cells))
    torch.testing.assert_close(averages(h.detach(), (cells, cells)), expected.detach())
    error = torch.randn(expected.shape, generator=generator, dtype=torch.float64)
    expected.backward(error)
    torch.testing.assert_close(spread(error, h.shape), h.grad)


def test_cells_of_seven_rows_overlap():
    h = torch.zeros(1, 1, 7, 7)
    h[0, 0, 3, 3] = 16
    assert averages(h, (2, 2)).tolist() == [[[[1, 1], [1, 1]]]]


@pytest.mark.parametrize("height, width", [(6, 6), (7, 5)])
def test_max_pooling_is_pytorchs_even_where_several_are_largest(height, width):
    h = torch.randint(3, (2, 3, height, width)).double().requires_grad_()
    expected = nn.functional.max_pool2d(h, 2)
    torch.testing.assert_close(max_pool(h.detach()), expected.detach())
    error = torch.randn(expected.shape, dtype=torch.float64)
    expected.backward(error)
    torch.testing.assert_close(max_unpool(error, h.detach(), expected.detach()), h.grad)


def test_a_seed_gives_every_rule_the_same_weights():
    plan = network("smallconv").plan((1, 8, 8), 5)
    first = PaperModel(plan, rule("bp"), seed=4).state()
    for name in RULES:
        other = PaperModel(plan, rule(name), seed=4).state()
        assert all(torch.equal(other[key], tensor) for key, tensor in first.items())
    assert not torch.equal(PaperModel(plan, rule("bp"), seed=5).state()["0.0.weight"],
                           first["0.0.weight"])  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_every_rule_learns(name):
    """One batch, many times: each rule fits it, random feedback more slowly."""
    generator = torch.Generator().manual_seed(0)
    x, labels = torch.randn(24, 1, 8, 8, generator=generator), torch.arange(24) % 4
    model = PaperModel(network("mlp-32").plan((1, 8, 8), 4), rule(name))
    optimisers = Optimisers(model.parameters())
    first = learn(model, x, labels, optimisers.step)
    for _ in range(60):
        last = learn(model, x, labels, optimisers.step)
    aim = 0.6 if model.blocks[0].feedback is not None else 0.4
    assert last.loss.mean() < aim * first.loss.mean()
    if first.local:
        assert last.local[0].mean() < first.local[0].mean()


def test_maps_that_vanish_are_refused():
    with pytest.raises(RecipeError, match="nothing is left after block 5"):
        network("vgg8").plan((3, 4, 4), 10)
    assert network("vgg8").plan((1, 28, 28), 10).blocks[5].activation == (512, 3, 3)


@pytest.mark.parametrize("name", ["smallconv", "tinyconv"])
@pytest.mark.parametrize("suffix, images", [("", (1, 28, 28)), ("32", (3, 32, 32))])
def test_networks_are_those_of_the_accelerator(name, suffix, images):
    """Weights and latents of each layer as in the network file that boards train."""
    engine, plan = load_network(name + suffix), network(name).plan(images, 10)
    assert engine.input == images
    weights = [block.stages[0].weight_shape for block in plan.blocks]
    shapes = [(prod(shape[1:]), shape[0]) for shape in weights] + [(plan.features, 10)]
    assert engine.shapes == shapes
    latents = [block.latents for block in plan.blocks]
    assert [shape.latents for shape in engine.geometry] == [*latents, 10]
