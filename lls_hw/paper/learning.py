"""One training step of each kind of rule, with gradients by hand in the tensors' `grad`.

Each step calls `update(k)` as soon as block k has its gradient (the classifier is the last k). With
local rules this happens before the next block sees its input.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lls_hw.golden.rule import softmax_loss
from lls_hw.paper.model import BlockRecord, PaperModel
from lls_hw.paper.rules import Signal

__all__ = ["StepResult", "Update", "learn"]

Update = Callable[[int], None]


@dataclass(frozen=True)
class StepResult:
    """Results of a step for its batch, with the weights before the update."""

    logits: Tensor
    loss: Tensor
    """(N,) cross-entropy of the classifier."""
    local: list[Tensor]
    """(N,) local loss of each block that has one."""


def learn(model: PaperModel, x: Tensor, labels: Tensor, update: Update) -> StepResult:
    """One batch: x (N, C, H, W), labels (N,)."""
    with torch.no_grad():
        x = model.prepared(x)
        if model.rule.local:
            return _learn_locally(model, x, labels, update)
        return _learn_at_the_end(model, x, labels, update)


def _learn_locally(model: PaperModel, x: Tensor, labels: Tensor, update: Update) -> StepResult:
    """LLS, LocalLosses, DRTP: block by block, keeping nothing."""
    losses: list[Tensor] = []
    for index, block in enumerate(model.blocks):
        record = block.forward(x, train=True)
        if block.head is not None:
            loss, error = block.head.error(block.latents(record), labels)
            losses.append(loss)
            error = block.from_latents(record, error)
        else:
            assert block.feedback is not None
            error = block.feedback[labels] / len(labels)
        block.backward(record, error, further=False)
        update(index)
        x = record.output
    logits, loss, _ = _classify(model, x, labels)
    update(len(model.blocks))
    return StepResult(logits, loss, losses)


def _learn_at_the_end(model: PaperModel, x: Tensor, labels: Tensor, update: Update) -> StepResult:
    """BP, DFA: all blocks wait for the classifier's error."""
    records: list[BlockRecord] = []
    for block in model.blocks:
        records.append(block.forward(x, train=True))
        x = records[-1].output
    logits, loss, error = _classify(model, x, labels)
    if model.rule.signal is Signal.BACKPROPAGATION:
        error = error @ model.classifier.weight
    for index in reversed(range(len(model.blocks))):
        block, record = model.blocks[index], records[index]
        if model.rule.signal is Signal.BACKPROPAGATION:
            inner = block.backward(record, block.unpool(record, error), further=index > 0)
            error = error if inner is None else inner
        else:
            assert block.feedback is not None
            block.backward(record, _projected(model, error, block.feedback), further=False)
    for index in range(len(model.blocks) + 1):
        update(index)
    return StepResult(logits, loss, [])


def _projected(model: PaperModel, error: Tensor, feedback: Tensor) -> Tensor:
    """Error (N, K) through random feedback (K, ...)."""
    if model.rule.signal is Signal.SIGN_FEEDBACK:
        error = error.sign() / len(error)
    if feedback.dim() == 2:
        return error @ feedback
    count, (_, channels, height, width) = len(error), feedback.shape
    rows = feedback.permute(0, 2, 3, 1).reshape(len(feedback), -1)
    return (error @ rows).reshape(count, height, width, channels).permute(0, 3, 1, 2)


def _classify(model: PaperModel, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, loss (N,), gradient (N, K) of the mean loss; fills the classifier's gradients."""
    logits = model.classifier.forward(x)
    loss, error = softmax_loss(logits, labels)
    error = error / len(labels)
    model.classifier.backward(x, error)
    return logits, loss, error
