"""How the golden model trains a batch: operation by operation, or as one compiled function."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor

from lls_hw.golden.model import IntegerModel, StepResult

__all__ = ["CompiledStep", "Step", "plain_step"]

Step = Callable[[IntegerModel, Tensor, Tensor], StepResult]
"""Trains a model with a batch x (N, I), labels (N,)."""


def plain_step(model: IntegerModel, x: Tensor, labels: Tensor) -> StepResult:
    """One call of PyTorch for each operation: nothing to wait for first."""
    return model.train_step(x, labels)


class CompiledStep:
    """A step of one model as a compiled function of its state.

    PyTorch compiles it once for each learning rate.
    """

    def __init__(self, model: IntegerModel) -> None:
        self._template = deepcopy(model)
        with _quiet():
            self._compiled = torch.compile(self._step, dynamic=False)

    def __call__(self, model: IntegerModel, x: Tensor, labels: Tensor) -> StepResult:
        """Trains the model, whose settings may have changed."""
        self._template.settings = model.settings
        with _quiet():
            state, prediction, probability = self._compiled(model.state(), x, labels)
        model.load(state)
        return StepResult(prediction, probability)

    def _step(
        self, state: list[Tensor], x: Tensor, labels: Tensor
    ) -> tuple[list[Tensor], Tensor, Tensor]:
        """A step from a state to another."""
        self._template.load(state)
        result = self._template.train_step(x, labels)
        return self._template.state(), result.prediction, result.probability


@contextmanager
def _quiet() -> Iterator[None]:
    """Without PyTorch's warnings of its own code and of the model's cached tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Dynamo detected a call to a `functools.lru_cache`")
        yield
