"""Training on a GPU without a launch from Python for each of a step's thousand small kernels.

Golden models read no tensor's value in a step, so a step can be recorded once as a CUDA graph and
repeated. Models that differ only in their state, by their seeds, share the kernels (`torch.vmap`);
others train beside them, each on a stream or in a process of its own. Compiled steps are a few
hundred kernels.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

__all__ = ["GraphTrainer", "Step", "Together", "Trained", "compiled", "one_for_all"]


class Trained(Protocol):
    """A model whose training state is a list of tensors."""

    def state(self) -> list[Tensor]:
        """All that a step changes."""

    def load(self, state: list[Tensor]) -> None:
        """Takes the tensors as its state, without copying them."""


Step = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Trains a model with a batch x (N, I), labels (N,) at rates, a tensor of any form; returns
predictions (N,) and losses (N,). After its first call it must read no tensor's value."""
Together = Callable[[list[Tensor], Tensor, Tensor, Tensor], tuple[list[Tensor], Tensor, Tensor]]
"""New states, predictions and losses of all models from their states, batches and the rates."""


class GraphTrainer:
    """Steps of R models of one network on images (S, I) and labels (S,) that lie on their GPU.

    `correct` and `loss` (R,) are sums over the samples since `start`. Compiled steps need Triton,
    and a minute before the second.
    """

    def __init__(
        self,
        models: Sequence[Trained],
        steps: Sequence[Step],
        images: Tensor,
        labels: Tensor,
        compile_steps: bool = False,
    ) -> None:
        self._models, self._steps = models, steps
        self._images, self._labels = images, labels
        self.stream = torch.cuda.Stream(images.device)
        self._compile_steps = compile_steps
        self._graph: torch.cuda.CUDAGraph | None = None
        self._done = torch.cuda.Event()
        self._state: list[Tensor] = []
        self._given = self._rates = torch.empty(0)

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

    def step(self, rates: Tensor) -> None:
        """Queues the next step."""
        with torch.cuda.stream(self.stream):
            if not self._state:
                self._first(rates)
                return
            if rates is not self._given:
                self._given = rates
                self._rates.copy_(rates)
            if self._graph is None:
                self._graph = self._record()
            self._graph.replay()

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

    def _first(self, rates: Tensor) -> None:
        """A step without a graph: models and libraries allocate in it."""
        self._given, self._rates = rates, rates.to(self._images.device)
        x, labels = self._batch()
        batches = zip(self._steps, x, labels, strict=True)
        results = [step(images, own, self._rates) for step, images, own in batches]
        self._count(labels, *(torch.stack(part) for part in zip(*results, strict=True)))
        states = [model.state() for model in self._models]
        self._state = [torch.stack(tensors) for tensors in zip(*states, strict=True)]
        torch.cuda.synchronize()

    def _record(self) -> torch.cuda.CUDAGraph:
        """A graph that leaves the states in the tensors that it takes them from."""
        together = one_for_all(self._models[0], self._steps[0])
        if self._compile_steps:
            batch = self._batch()
            self._position -= 1
            together = compiled(together, self._state, *batch, self._rates)
            torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        graph.capture_begin()
        x, labels = self._batch()
        state, *results = together(self._state, x, labels, self._rates)
        self._count(labels, *results)
        for old, new in zip(self._state, state, strict=True):
            old.copy_(new)
        graph.capture_end()
        return graph


def one_for_all(model: Trained, step: Step) -> Together:
    """A step of a model, as a function of the states and batches (R, ...) of R such models."""

    def one(
        state: list[Tensor], x: Tensor, labels: Tensor, rates: Tensor
    ) -> tuple[list[Tensor], Tensor, Tensor]:
        model.load(state)
        prediction, loss = step(x, labels, rates)
        return model.state(), prediction, loss

    return torch.vmap(one, in_dims=(0, 0, 0, None))


def compiled(together: Together, *example: list[Tensor] | Tensor) -> Together:
    """The same in few kernels, for tensors like the example's."""
    state, *batch = example
    traced = make_fx(together)([tensor.clone() for tensor in state], *batch)
    result = torch.compile(traced, dynamic=False)
    result([tensor.clone() for tensor in state], *batch)
    return result
