"""A network of the paper with its parameters, as all learning rules use it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.paper.blocks import StageRecord, StageState
from lls_hw.paper.heads import Head, local_head
from lls_hw.paper.networks import BlockPlan, Plan
from lls_hw.paper.pooling import averages, max_pool, max_unpool, spread
from lls_hw.paper.rules import Rule, Signal

__all__ = ["BlockRecord", "BlockState", "Classifier", "PaperModel", "TEMPERATURE"]

TEMPERATURE = 0.5
"""Temperature of the local losses, as published."""
FEEDBACK_SCALE = 1e-4
"""Random feedback of DFA and DRTP is uniform in 0..1e-4, as published."""


@dataclass(frozen=True)
class BlockRecord:
    """A block's forward pass."""

    stages: list[StageRecord]
    output: Tensor
    """Input of the next block."""

    @property
    def activation(self) -> Tensor:
        """Activations before any pooling."""
        return self.stages[-1].output


class BlockState:
    """Stages of a block with its head or random feedback."""

    def __init__(self, plan: BlockPlan, stages: list[StageState]) -> None:
        self.plan, self.stages = plan, stages
        self.head: Head | None = None
        self.feedback: Tensor | None = None
        """(K, ...) random projection to the activations."""

    def forward(self, x: Tensor, train: bool) -> BlockRecord:
        """x (N, C, H, W), or (N, F); a map is flattened for a fully connected block."""
        if self.plan.vector:
            x = x.flatten(1)
        records: list[StageRecord] = []
        for stage in self.stages:
            records.append(stage.forward(x, train))
            x = records[-1].output
        cells = self.plan.block.average
        if cells:
            x = averages(x, (cells, cells))
        elif self.plan.block.pool:
            x = max_pool(x)
        return BlockRecord(records, x)

    def backward(self, record: BlockRecord, error: Tensor, further: bool) -> Tensor | None:
        """From the gradient of the activations; returns that of the input if `further`."""
        for index in reversed(range(len(self.stages))):
            inner = self.stages[index].backward(record.stages[index], error, further or index > 0)
            if inner is None:
                return None
            error = inner
        return error

    def unpool(self, record: BlockRecord, error: Tensor) -> Tensor:
        """Gradient with respect to the activations, from that of the block's output."""
        error = error.reshape(record.output.shape)
        if self.plan.block.average:
            return spread(error, record.activation.shape)
        if self.plan.block.pool:
            return max_unpool(error, record.activation, record.output)
        return error

    def latents(self, record: BlockRecord) -> Tensor:
        """(N, d), channels outermost."""
        return averages(record.activation, self.plan.cells).flatten(1)

    def from_latents(self, record: BlockRecord, error: Tensor) -> Tensor:
        """Gradient with respect to the activations, from that with respect to the latents."""
        h = record.activation
        grid = error if h.dim() == 2 else error.reshape(*h.shape[:2], *self.plan.cells)
        return spread(grid, h.shape)

    def parameters(self) -> dict[str, Tensor]:
        """Trainable tensors, including the head's."""
        found = {
            f"{index}.{name}": tensor
            for index, stage in enumerate(self.stages)
            for name, tensor in stage.parameters().items()
        }
        heads = {} if self.head is None else self.head.parameters()
        return found | {f"head.{name}": tensor for name, tensor in heads.items()}


class Classifier:
    """The linear classifier at the end."""

    def __init__(self, features: int, classes: int, generator: torch.Generator) -> None:
        bound = features**-0.5
        self.weight = torch.empty(classes, features).uniform_(-bound, bound, generator=generator)
        self.bias = torch.empty(classes).uniform_(-bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        return x.flatten(1) @ self.weight.T + self.bias

    def backward(self, x: Tensor, error: Tensor) -> None:
        """Fills the parameters' `grad` from the gradient (N, K) with respect to the logits."""
        self.weight.grad, self.bias.grad = error.T @ x.flatten(1), error.sum(dim=0)

    def parameters(self) -> dict[str, Tensor]:
        """Trainable tensors."""
        return {"weight": self.weight, "bias": self.bias}


class PaperModel:
    """Blocks and classifier. A seed gives every rule the same initial weights."""

    def __init__(
        self, plan: Plan, rule: Rule, seed: int = 0, temperature: float = TEMPERATURE,
        device: str = "cpu", dtype: torch.dtype = torch.float32,
    ) -> None:  # fmt: skip
        self.plan, self.rule, self.device, self.dtype = plan, rule, device, dtype
        weights = torch.Generator().manual_seed(seed)
        others = torch.Generator().manual_seed(seed + 2**32)
        self.blocks = [
            BlockState(block, [StageState(stage, rule.tanh, weights) for stage in block.stages])
            for block in plan.blocks
        ]
        self.classifier = Classifier(plan.features, plan.classes, weights)
        for block in self.blocks:
            if rule.signal is Signal.LOCAL:
                block.head = local_head(plan, block.plan, rule, temperature, others)
            elif rule.signal is not Signal.BACKPROPAGATION:
                maps = block.plan.activation
                size = maps[:1] if block.plan.vector else maps
                block.feedback = FEEDBACK_SCALE * torch.rand(plan.classes, *size, generator=others)
        self._move()

    def _move(self) -> None:
        """Moves all tensors to device and number format, kernels channels last."""
        for block in self.blocks:
            for owner in (*block.stages, block, block.head):
                for name, value in vars(owner).items() if owner else ():
                    if isinstance(value, Tensor):
                        setattr(owner, name, self.prepared(value))
        for name, value in self.classifier.parameters().items():
            setattr(self.classifier, name, self.prepared(value))

    def prepared(self, x: Tensor) -> Tensor:
        """The tensor on the model's device and in its format, maps channels last."""
        x = x.to(self.device, self.dtype)
        return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x

    def infer(self, x: Tensor, train: bool = False) -> Tensor:
        """Logits (N, K); `train` uses the batch's statistics and updates the running ones."""
        x = self.prepared(x)
        for block in self.blocks:
            x = block.forward(x, train).output
        return self.classifier.forward(x)

    def parameters(self) -> list[dict[str, Tensor]]:
        """Trainable tensors of each block and, last, of the classifier."""
        return [*(block.parameters() for block in self.blocks), self.classifier.parameters()]

    def state(self) -> dict[str, Tensor]:
        """Everything that training changes, except the optimisers' state."""
        found = {
            f"{index}.{name}": tensor
            for index, group in enumerate(self.parameters())
            for name, tensor in group.items()
        }
        for index, block in enumerate(self.blocks):
            for k, stage in enumerate(block.stages):
                for name, tensor in stage.statistics().items():
                    found[f"{index}.{k}.{name}"] = tensor
        return found
