"""The float golden model: network and schedule of `IntegerModel`, without its rounding."""

from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from lls_hw.golden import rule
from lls_hw.golden.float_channels import FloatNormaliser, FloatSize
from lls_hw.golden.maps import cell_sums, max_pool
from lls_hw.network.geometry import LayerShape
from lls_hw.network.network import Network

__all__ = ["FloatModel", "FloatResult"]


@dataclass(frozen=True)
class FloatResult:
    """For each sample the predicted class and the cross-entropy in nats."""

    prediction: Tensor
    loss: Tensor


class FloatModel:
    """Plain stochastic gradient descent in float64.

    `weights` are (fan_in, fan_out) each. In networks without normalisation the activations of a
    batch are divided by their largest magnitude: blocks are invariant to the scale of their input,
    and the classifier gets a constant one.
    """

    def __init__(self, network: Network, weights: list[Tensor], basis: Tensor) -> None:
        self.network = network
        self.weights = [w.double() for w in weights]
        self.basis = basis.double()
        self.step = 0
        self.normalisers = [FloatNormaliser() for _ in network.layers]
        self.sizes = [FloatSize() for _ in network.layers]

    def state(self) -> list[Tensor]:
        """All that a step but the first changes: the tensors themselves."""
        statistics = (*self.normalisers, *self.sizes)
        return [*self.weights, *chain.from_iterable(vars(each).values() for each in statistics)]

    def load(self, state: list[Tensor]) -> None:
        """Takes tensors in the order of `state`, without copying them."""
        tensors = iter(state)
        self.weights = [next(tensors) for _ in self.weights]
        for each in (*self.normalisers, *self.sizes):
            vars(each).update({name: next(tensors) for name in vars(each)})

    def infer(self, x: Tensor, labels: Tensor) -> FloatResult:
        """Forward pass."""
        x = x.double()
        for k, w in enumerate(self.weights[:-1]):
            h = rule.block(x, w, self.network.geometry[k])[1]
            x = self._handed_on(k, h, train=False)
        logits = x.flatten(1) @ self.weights[-1]
        return FloatResult(logits.argmax(dim=1), rule.softmax_loss(logits, labels)[0])

    def train_step(self, x: Tensor, labels: Tensor, lr_shift: float | Tensor) -> FloatResult:
        """One batch at learning rate 2**-lr_shift."""
        x, rate = x.double(), 2.0**-lr_shift
        for k, layer in enumerate(self.network.layers[:-1]):
            shape = self.network.geometry[k]
            basis = self.basis[:, : shape.latents]
            temperature = 2.0**-layer.temperature_shift
            step = rule.block_gradient(x, self.weights[k], shape, labels, basis, temperature)
            self._update(k, step.weight, rate)
            x = self._handed_on(k, step.output, train=True)
        step = rule.classifier_gradient(x.flatten(1), self.weights[-1], labels)
        rate *= 2.0**-self.network.training.classifier_lr_shift
        self._update(self.network.classifier, step.weight, rate)
        self.step += 1
        return FloatResult(step.output.argmax(dim=1), step.loss)

    def _update(self, k: int, gradient: Tensor, rate: float | Tensor) -> None:
        if self.network.training.step == "channel":
            gradient = self.sizes[k].divide(gradient, self.step)
        self.weights[k] = self.weights[k] - rate * gradient

    def _handed_on(self, k: int, h: Tensor, train: bool) -> Tensor:
        """Input of the next layer from a block's activations."""
        h = _output(h, self.network.geometry[k])
        if not self.network.normalise:
            return _scaled(h)
        normaliser = self.normalisers[k]
        return normaliser.train(h, self.step) if train else normaliser(h)


def _output(h: Tensor, shape: LayerShape) -> Tensor:
    """Input of the next layer; the scale of averages does not matter."""
    if shape.average:
        return cell_sums(h, shape.cells).reshape(-1, shape.cells, shape.cells, shape.channels)
    return max_pool(h) if shape.pool else h


def _scaled(h: Tensor) -> Tensor:
    return h / h.abs().max().clamp(min=torch.finfo(h.dtype).tiny)
