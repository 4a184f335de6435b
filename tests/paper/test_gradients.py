"""Every rule's gradients by hand against autograd, in float64."""

import pytest
import torch

from lls_hw.contract.basis import square_basis
from lls_hw.golden.rule import local_error
from lls_hw.paper.heads import head_gradient
from lls_hw.paper.learning import learn
from lls_hw.paper.model import PaperModel
from lls_hw.paper.networks import Block, Network, Stage, network
from lls_hw.paper.rules import RULES, rule
from tests.paper.reference import Reference

TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}
CLASSES = 5


def conv(outputs, **settings):
    return Stage(outputs=outputs, kernel=3, pad=1, **settings)


def dense(outputs):
    return Stage(outputs=outputs)


DEPTHWISE = Stage(outputs=4, kernel=3, stride=2, pad=2, depthwise=True, bias=False)
POINTWISE = Stage(outputs=6, kernel=1, bias=False)

NETWORKS = {
    "fully-connected": (
        Block(stages=(dense(7),)),
        Block(stages=(dense(9),), cells=18),  # more latents than features
        Block(stages=(dense(8),), cells=3),  # fewer
    ),
    "convolutional": (
        Block(stages=(conv(4),), cells=3),
        Block(stages=(conv(3, stride=2),), cells=2),
        Block(stages=(dense(6),)),
    ),
    "pooled": (  # 7 -> 3 drops a row; cells of 7, 5 and 3 rows overlap
        Block(stages=(conv(4),), cells=4, pool=True),
        Block(stages=(conv(5),), cells=2, average=2),
        Block(stages=(dense(6),)),
    ),
    "separable": (
        Block(stages=(conv(4),), cells=4),
        Block(stages=(DEPTHWISE, POINTWISE), cells=2, average=1),
    ),
}


def build(blocks, name, hidden=0, shape=(2, 7, 5)):
    plan = Network(name="test", blocks=blocks, hidden=hidden, reduced_rows=3).plan(shape, CLASSES)
    model = PaperModel(plan, rule(name), seed=3, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    for group in model.parameters():  # nothing may stay at its special first value
        for tensor in group.values():
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator, dtype=torch.float64))
    return model


def batch(shape=(2, 7, 5), samples=6):
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(samples, *shape, generator=generator, dtype=torch.float64)
    return x, torch.randint(CLASSES, (samples,), generator=generator)


def compare(model, x, labels):
    reference = Reference(model)
    gradients, loss, local, logits = reference.gradients(x, labels)
    updated = []
    step = learn(model, x, labels, updated.append)
    torch.testing.assert_close(step.logits, logits, **TOLERANCE)
    torch.testing.assert_close(step.loss.mean(), loss, **TOLERANCE)
    torch.testing.assert_close([losses.mean() for losses in step.local], local, **TOLERANCE)
    assert updated == list(range(len(model.blocks) + 1))
    for group, expected in zip(model.parameters(), gradients, strict=True):
        assert group.keys() == expected.keys()
        for name, tensor in group.items():
            torch.testing.assert_close(tensor.grad, expected[name], **TOLERANCE)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("blocks", NETWORKS)
def test_rule(blocks, name):
    compare(build(NETWORKS[blocks], name), *batch())


@pytest.mark.parametrize("name", ["lls-random", "local-losses", "lls-mxm-random"])
def test_a_head_longer_than_the_latents_is_averaged(name):
    compare(build(NETWORKS["convolutional"], name, hidden=50), *batch())


@pytest.mark.parametrize("name", ["lls-square", "bp"])
def test_smallconv(name):
    """The published network, on images whose maps of 7 x 7 have overlapping cells."""
    plan = network("smallconv").plan((1, 28, 28), CLASSES)
    model = PaperModel(plan, rule(name), dtype=torch.float64)
    compare(model, *batch((1, 28, 28), samples=3))


@pytest.mark.parametrize("name", ["lls-cosine", "bp", "dfa"])
def test_mobilenet(name):
    plan = network("mobilenetv1").plan((3, 16, 16), CLASSES)
    model = PaperModel(plan, rule(name), dtype=torch.float64)
    compare(model, *batch((3, 16, 16), samples=3))


def test_plain_lls_is_the_rule_of_the_engine():
    """The same numbers as `golden.rule`, from which the integer arithmetic descends."""
    generator = torch.Generator().manual_seed(0)
    u = torch.randn(4, 20, generator=generator, dtype=torch.float64)
    labels = torch.tensor([0, 1, 4, 1])
    basis = torch.tensor(square_basis(CLASSES, 20), dtype=torch.float64)
    loss, error = local_error(u, labels, basis, 0.5)
    found = head_gradient(u, labels, basis, 0.5)
    torch.testing.assert_close(found.loss, loss)
    torch.testing.assert_close(found.latents * len(u), error)


def test_a_zero_latent_gets_no_gradient():
    basis = torch.tensor(square_basis(CLASSES, 8), dtype=torch.float64)
    found = head_gradient(torch.zeros(2, 8, dtype=torch.float64), torch.tensor([0, 4]), basis, 0.5)
    assert torch.equal(found.latents, torch.zeros(2, 8, dtype=torch.float64))


def test_no_error_leaves_a_block():
    """A later block's weights do not matter to an earlier one, except to BP."""
    for name, same in (("lls-square", True), ("bp", False)):
        found = []
        for scale in (1.0, 2.0):
            model = build(NETWORKS["pooled"], name)
            model.blocks[1].stages[0].weight *= scale
            model.classifier.weight *= scale
            learn(model, *batch(), lambda index: None)
            found.append(model.blocks[0].stages[0].weight.grad)
        assert torch.allclose(*found) is same
