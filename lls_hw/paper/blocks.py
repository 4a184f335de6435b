"""One stage: linear map -> BatchNorm -> LeakyReLU(0.01) or tanh, forward and backward by hand.

PyTorch computes only the large products: the convolution and its two backward products. A bias
before BatchNorm has a gradient of exactly zero, because subtracting the mean cancels every
constant.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.grad import conv2d_input, conv2d_weight

from lls_hw.paper.networks import StagePlan

__all__ = ["EPSILON", "MOMENTUM", "SLOPE", "StageRecord", "StageState"]

SLOPE = 0.01
EPSILON = 1e-5
"""Added to the variance."""
MOMENTUM = 0.1
"""Weight of a batch in the running mean and variance."""


@dataclass(frozen=True)
class StageRecord:
    """Values of a forward pass that the backward pass needs."""

    input: Tensor
    normal: Tensor
    """Sums with mean 0 and variance 1 in each channel."""
    inverse: Tensor
    """(C,) 1 / standard deviation."""
    output: Tensor


class StageState:
    """Parameters and statistics of a stage."""

    def __init__(self, plan: StagePlan, tanh: bool, generator: torch.Generator) -> None:
        """Weights and bias are uniform within 1 / sqrt(fan-in), like PyTorch's."""
        self.plan, self.tanh = plan, tanh
        bound, outputs = plan.fan_in**-0.5, plan.stage.outputs
        self.weight = torch.empty(plan.weight_shape).uniform_(-bound, bound, generator=generator)
        self.bias: Tensor | None = None
        if plan.stage.bias:
            self.bias = torch.empty(outputs).uniform_(-bound, bound, generator=generator)
        self.scale, self.offset = torch.ones(outputs), torch.zeros(outputs)
        self.mean, self.variance = torch.zeros(outputs), torch.ones(outputs)

    def parameters(self) -> dict[str, Tensor]:
        """Trainable tensors."""
        found = {"weight": self.weight, "scale": self.scale, "offset": self.offset}
        return found if self.bias is None else {**found, "bias": self.bias}

    def statistics(self) -> dict[str, Tensor]:
        """Running mean and variance, used in inference."""
        return {"mean": self.mean, "variance": self.variance}

    def forward(self, x: Tensor, train: bool) -> StageRecord:
        """`train` uses the batch's statistics and updates the running ones; else uses those."""
        normal, _, inverse = torch.native_batch_norm(
            self._linear(x), None, None, self.mean, self.variance, train, MOMENTUM, EPSILON
        )
        y = torch.addcmul(self._wide(self.offset), normal, self._wide(self.scale))
        output = y.tanh_() if self.tanh else functional.leaky_relu_(y, SLOPE)
        return StageRecord(x, normal, inverse, output)

    def backward(self, record: StageRecord, error: Tensor, further: bool) -> Tensor | None:
        """Fills the parameters' `grad` from the gradient with respect to the output; returns that
        with respect to the input if `further`."""
        dy = self._slope(record.output).mul_(error)
        places = [0, *range(2, dy.dim())]
        self.offset.grad = dy.sum(dim=places)
        self.scale.grad = (dy * record.normal).sum(dim=places)
        count = prod(dy.shape) / len(self.scale)
        dy.sub_(self._wide(self.offset.grad / count))
        dy.addcmul_(record.normal, self._wide(self.scale.grad / -count))
        delta = dy.mul_(self._wide(self.scale * record.inverse))
        if self.bias is not None:
            self.bias.grad = torch.zeros_like(self.bias)
        self.weight.grad = self._weight_gradient(record.input, delta)
        return self._input_gradient(record.input, delta) if further else None

    def _slope(self, output: Tensor) -> Tensor:
        """Derivative of the activation, computed from its output."""
        if self.tanh:
            return 1 - output * output
        return (output >= 0).to(output.dtype).mul_(1 - SLOPE).add_(SLOPE)

    def _wide(self, values: Tensor) -> Tensor:
        """(C,) in a shape that broadcasts over samples and pixels."""
        return values if self.plan.stage.kernel == 0 else values[:, None, None]

    @property
    def _groups(self) -> int:
        return self.plan.input[0] if self.plan.stage.depthwise else 1

    def _linear(self, x: Tensor) -> Tensor:
        stage = self.plan.stage
        if stage.kernel == 0:
            return functional.linear(x, self.weight, self.bias)
        return functional.conv2d(
            x, self.weight, self.bias, stage.stride, stage.pad, groups=self._groups
        )

    def _weight_gradient(self, x: Tensor, delta: Tensor) -> Tensor:
        stage = self.plan.stage
        if stage.kernel == 0:
            return delta.T @ x
        return conv2d_weight(
            x, self.weight.shape, delta, stage.stride, stage.pad, groups=self._groups
        )

    def _input_gradient(self, x: Tensor, delta: Tensor) -> Tensor:
        stage = self.plan.stage
        if stage.kernel == 0:
            return delta @ self.weight
        return conv2d_input(
            x.shape, self.weight, delta, stage.stride, stage.pad, groups=self._groups
        )
