"""Training on a GPU without a launch from Python for each of a step's thousand small kernels.

Golden models read no tensor's value in a step, so a step can be recorded once as a CUDA graph and
repeated. Models that differ only in their state, by their seeds, share the kernels (`torch.vmap`);
others train beside them, each on a stream of its own.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["GraphTrainer", "Step", "Trained"]


class Trained(Protocol):
    """A model whose training state is a list of tensors."""

    def state(self) -> list[Tensor]:
        """All that a step changes."""

    def load(self, state: list[Tensor]) -> None:
        """Takes the tensors as its state, without copying them."""


Step = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]
"""Trains a model with a batch x (N, I), labels (N,) at a learning-rate shift; returns predictions
(N,) and losses (N,). After its first call it must read no tensor's value."""


class GraphTrainer:
    """Steps of R models of one network on images (S, I) and labels (S,) that lie on their GPU.

    `correct` and `loss` (R,) are sums over the samples since `start`.
    """

    def __init__(
        self, models: Sequence[Trained], steps: Sequence[Step], images: Tensor, labels: Tensor
    ) -> None:
        self._models, self._steps = models, steps
        self._images, self._labels = images, labels
        self.stream = torch.cuda.Stream(images.device)
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._done = torch.cuda.Event()
        self._state: list[Tensor] = []

    def start(self, order: Tensor) -> None:
        """The batches (R, B, N) of the next B steps, as rows of the images."""
        with torch.cuda.stream(self.stream):
            if not self._state:
                self._order = order.to(self._images.device)
                self._position = self._order.new_zeros(1)
                self.correct = self._order.new_zeros(len(self._models))
                self.loss = self.correct.double()
            self._order.copy_(order)
            for counter in (self._position, self.correct, self.loss):
                counter.zero_()

    def step(self, lr_shift: int) -> None:
        """Queues the next step."""
        with torch.cuda.stream(self.stream):
            if not self._state:
                self._first(lr_shift)
                return
            if lr_shift not in self._graphs:
                self._graphs[lr_shift] = self._record(lr_shift)
            self._graphs[lr_shift].replay()

    def finish(self) -> None:
        """To be called after the last step that `done` shall cover."""
        self._done.record(self.stream)

    @property
    def done(self) -> bool:
        """Whether all steps before `finish` are over."""
        return self._done.query()

    def deliver(self) -> None:
        """Gives the models their states, once the steps are over."""
        for number, model in enumerate(self._models):
            model.load([tensor[number] for tensor in self._state])

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Images (R, N, I) and labels (R, N) of the next step."""
        rows = self._order.index_select(1, self._position).squeeze(1)
        self._position += 1
        return self._images[rows], self._labels[rows]

    def _count(self, labels: Tensor, prediction: Tensor, loss: Tensor) -> None:
        self.correct += (prediction == labels).sum(dim=1)
        self.loss += loss.sum(dim=1)

    def _first(self, lr_shift: int) -> None:
        """A step without a graph: models and libraries allocate in it."""
        x, labels = self._batch()
        batches = zip(self._steps, x, labels, strict=True)
        results = [step(images, own, lr_shift) for step, images, own in batches]
        self._count(labels, *(torch.stack(part) for part in zip(*results, strict=True)))
        states = [model.state() for model in self._models]
        self._state = [torch.stack(tensors) for tensors in zip(*states, strict=True)]
        torch.cuda.synchronize()

    def _record(self, lr_shift: int) -> torch.cuda.CUDAGraph:
        """A graph that leaves the states in the tensors that it takes them from."""

        def one(state: list[Tensor], x: Tensor, labels: Tensor) -> tuple:
            self._models[0].load(state)
            prediction, loss = self._steps[0](x, labels, lr_shift)
            return self._models[0].state(), prediction, loss

        graph = torch.cuda.CUDAGraph()
        pool = next(iter(self._graphs.values())).pool() if self._graphs else None
        graph.capture_begin(pool=pool)
        x, labels = self._batch()
        state, *results = torch.vmap(one)(self._state, x, labels)
        self._count(labels, *results)
        for old, new in zip(self._state, state, strict=True):
            old.copy_(new)
        graph.capture_end()
        return graph
