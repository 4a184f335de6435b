"""How `bench/accuracy.py` trains: step by step, compiled, or as graphs on a GPU."""

import sys
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from lls_hw.golden.graph import GraphTrainer, Step, Together, compiled, one_for_all

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

    def step(self, rates: Tensor) -> None:
        """Trains the next batch."""
        for number, (step, rows) in enumerate(zip(self.steps, next(self.order), strict=True)):
            labels = self.labels[rows]
            prediction, loss = step(self.images[rows], labels, rates)
            self.correct[number] += (prediction == labels).sum()
            self.loss[number] += loss.sum()

    def finish(self) -> None:
        """Nothing is left to do."""

    def deliver(self) -> None:
        """The models have their states."""


def step(model: Golden, x: Tensor, labels: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """A step of a model."""
    result = model.train(x, labels, rates)
    return result.prediction, result.loss


class Compiled(OneByOne):
    """Trains with compiled steps of all models."""

    state: list[Tensor] | None = None
    together: Together | None = None

    def __init__(
        self, models: list[Golden], steps: list[Step], images: Tensor, labels: Tensor
    ) -> None:
        super().__init__(steps, images, labels)
        self.models = [model.trained for model in models]

    def step(self, rates: Tensor) -> None:
        """Trains the next batch."""
        if self.state is None:  # the float model's first step is another
            super().step(rates)
            states = [model.state() for model in self.models]
            self.state = [torch.stack(tensors) for tensors in zip(*states, strict=True)]
            return
        rows = next(self.order)
        batch = self.images[rows], self.labels[rows], rates
        if self.together is None:
            one = one_for_all(self.models[0], self.steps[0])
            self.together = compiled(one, self.state, *batch)
        self.state, prediction, loss = self.together(self.state, *batch)
        self.correct += (prediction == batch[1]).sum(dim=1)
        self.loss += loss.sum(dim=1)

    def deliver(self) -> None:
        """Gives the models their states."""
        for number, model in enumerate(self.models):
            model.load([tensor[number] for tensor in self.state or ()])


def trainer(
    models: list[Golden], images: Tensor, labels: Tensor, compile_steps: bool
) -> OneByOne | GraphTrainer:
    """What trains the models on images (S, I) and labels (S,), where these lie."""
    steps = [partial(step, model) for model in models]
    if images.is_cuda:
        trained = [model.trained for model in models]
        return GraphTrainer(trained, steps, images, labels, compile_steps)
    if compile_steps:
        return Compiled(models, steps, images, labels)
    return OneByOne(steps, images, labels)
