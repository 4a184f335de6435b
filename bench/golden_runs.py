"""How `bench/accuracy.py` trains: step by step, compiled, or as graphs on a GPU."""

import sys
from copy import deepcopy
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from lls_hw.golden.graph import GraphTrainer, Step

sys.path.append(str(Path(__file__).parents[1]))
from bench.golden_models import Golden  # noqa: E402

__all__ = ["OneByOne", "trainer"]


class OneByOne:
    """Trains with calls for each step; the interface of GraphTrainer."""

    stream = None
    done = True

    def __init__(self, steps: list[Step], images: Tensor, labels: Tensor) -> None:
        self.steps, self.images, self.labels = steps, images, labels

    def start(self, order: Tensor) -> None:
        """The batches (R, B, N) of the next B steps, as rows of the images."""
        self.order = iter(order.transpose(0, 1))
        self.correct = torch.zeros(len(order), dtype=torch.int64)
        self.loss = torch.zeros(len(order), dtype=torch.float64)

    def step(self, lr_shift: int) -> None:
        """Trains the next batch."""
        for number, (step, rows) in enumerate(zip(self.steps, next(self.order), strict=True)):
            labels = self.labels[rows]
            prediction, loss = step(self.images[rows], labels, lr_shift)
            self.correct[number] += (prediction == labels).sum()
            self.loss[number] += loss.sum()

    def finish(self) -> None:
        """Nothing is left to do."""

    def deliver(self) -> None:
        """The models have their states."""


def step(model: Golden, x: Tensor, labels: Tensor, lr_shift: int) -> tuple[Tensor, Tensor]:
    """A step of a model."""
    model.set_rate(lr_shift)
    result = model.train(x, labels)
    return result.prediction, result.loss


class Compiled:
    """Steps of models that differ only in their state, as one compiled function of it."""

    def __init__(self) -> None:
        self.started: set[Golden] = set()
        self.compiled = torch.compile(self.plain, dynamic=False)

    def plain(
        self, state: list[Tensor], x: Tensor, labels: Tensor
    ) -> tuple[list[Tensor], Tensor, Tensor]:
        """A step from a state to another."""
        self.template.trained.load(state)
        result = self.template.train(x, labels)
        return self.template.trained.state(), result.prediction, result.loss

    def step(
        self, model: Golden, x: Tensor, labels: Tensor, lr_shift: int
    ) -> tuple[Tensor, Tensor]:
        """A step of one of the models."""
        if model not in self.started:  # the float model's first step is another
            found = step(model, x, labels, lr_shift)
            if not self.started:
                self.template = deepcopy(model)
            self.started.add(model)
            return found
        self.template.set_rate(lr_shift)
        state, prediction, loss = self.compiled(model.trained.state(), x, labels)
        model.trained.load(state)
        return prediction, loss


def trainer(
    models: list[Golden], images: Tensor, labels: Tensor, compiled: bool
) -> OneByOne | GraphTrainer:
    """What trains the models on images (S, I) and labels (S,), where these lie."""
    one = Compiled().step if compiled else step
    steps = [partial(one, model) for model in models]
    if not images.is_cuda:
        return OneByOne(steps, images, labels)
    trained = [model.trained for model in models]
    return GraphTrainer(trained, steps, images, labels)
