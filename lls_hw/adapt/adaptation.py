"""Adaptation of a board to shifted images, and its measurements."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from lls_hw.adapt.distributions import Distributions, Samples
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.tally import Tally
from lls_hw.driver.trainer import Batch, Trainer, batches_of
from lls_hw.network.layer_settings import layer_settings
from lls_hw.network.network import Network
from lls_hw.session.progress import Reporter

__all__ = ["Adaptation", "accuracy", "pretrained"]

ROUNDS = 5
"""Parts of a training; the learning rate halves from each part to the next, except the second."""
CURVE = 1000
"""Test images for the accuracies that the golden model computes."""


def _schedule(network: Network, steps: int) -> list[int]:
    """Learning-rate shift of each step, from the network's first on."""
    lr_shift = network.training.lr_shifts[0]
    return [lr_shift + max(0, k * ROUNDS // steps - 1) for k in range(steps)]


def pretrained(
    network: Network, before: Samples, epochs: int, seed: int, report: Reporter
) -> TrainingState:
    """Trains in floating point, starting at the network's first learning rate; then quantises."""
    from lls_hw.golden.pretrain import pretrain, quantised

    batch = network.training.batch
    steps = len(before[0]) // batch * epochs
    report.begin("pretrain", steps)

    def batches() -> Iterator[tuple[int, Batch]]:
        for item in zip(_schedule(network, steps), batches_of(*before, batch, seed), strict=False):
            yield item
            report.advance("floating point, on this computer")

    model = pretrain(network, batches(), seed)
    return quantised(model, before[0][:512], before[1][:512])


class Adaptation:
    """Adaptation of one board to the shifted images, and its measurements."""

    def __init__(
        self, trainer: Trainer, data: Distributions, seed: int, shown: int, tested: int
    ) -> None:
        """`shown` images train the network; images repeat if there are fewer."""
        self.trainer, self.data, self.seed, self.tested = trainer, data, seed, tested
        self.network = trainer.network
        self.steps = shown // trainer.batch
        if self.steps < ROUNDS or len(data.after[0]) < trainer.batch:
            raise InputError(
                f"--images is {shown}, which makes {self.steps} batches of {trainer.batch}; give "
                f"at least {ROUNDS * trainer.batch}."
            )
        self.batches = list(islice(batches_of(*data.after, trainer.batch, seed), self.steps))

    def _accuracy_on_board(self, report: Reporter, name: str) -> float:
        inputs, labels = self.data.test_after
        inputs, labels = inputs[: self.tested], labels[: self.tested]
        report.begin(name, -(-len(inputs) // self.trainer.batch))
        tally = Tally()
        for result in self.trainer.infer(inputs, labels):
            tally.add(result, labels[tally.count : tally.count + len(result.prediction)])
            report.advance(tally)
        return tally.accuracy

    def _rounds(self) -> Iterator[tuple[int, list[Batch]]]:
        """Learning rates with their batches."""
        schedule = _schedule(self.network, self.steps)
        for lr_shift in sorted(set(schedule)):
            chosen = zip(schedule, self.batches, strict=True)
            yield lr_shift, [batch for shift, batch in chosen if shift == lr_shift]

    def run(self, state: TrainingState, verify: bool, report: Reporter) -> dict[str, Any]:
        """On the board: test, adapt, test. With `verify`, compares with the golden model."""
        from lls_hw.golden.verify import Verifier

        self.trainer.load(state)
        verifier = Verifier(self.network, self.trainer.batch, state) if verify else None
        started, clock = time.perf_counter(), self.trainer.clock()
        before = self._accuracy_on_board(report, "before")
        report.begin("adapt", self.steps)
        tally = Tally()
        states = [state]
        for lr_shift, batches in self._rounds():
            self.trainer.set_learning_rate(lr_shift)
            if verifier:
                verifier.set_learning_rate(lr_shift)
            for (x, y), result in zip(batches, self.trainer.train(batches), strict=True):
                tally.add(result, y)
                report.advance(tally)
                if verifier:
                    verifier.step(x, y, result)
            states.append(self.trainer.save())
            if verifier:
                verifier.check_weights(states[-1])
        after = self._accuracy_on_board(report, "after")
        cycles = (self.trainer.clock() - clock) % 2**32
        return {
            "before": before,
            "after": after,
            "seconds_on_board": round(time.perf_counter() - started, 1),
            "cycles_on_board": cycles,
            "curve": self._curve(states, report),
            "verified": verifier is not None,
        }

    def _curve(self, states: list[TrainingState], report: Reporter) -> list[dict[str, float]]:
        """The golden model's accuracy with every state read from the board, on more images."""
        seen = [sum(len(batch[1]) for batch in batches) for _, batches in self._rounds()]
        report.begin("curve", len(states))
        points = []
        for images, state in zip(np.cumsum([0, *seen]).tolist(), states, strict=True):
            shifted = accuracy(self.network, state, self.data.test_after)
            original = accuracy(self.network, state, self.data.test_before)
            points.append({"images": images, "shifted": shifted, "original": original})
            report.advance(f"{shifted:.1%} of the shifted images, golden model")
        return points

    def from_scratch(self, report: Reporter) -> list[dict[str, float]]:
        """The golden model's accuracy with the same images and rounds, without pretraining."""
        import torch

        from lls_hw.golden.state import integer_model, state_of

        state = initial_state(self.network, self.trainer.batch, self.seed)
        model, images = integer_model(self.network, state), 0
        report.begin("scratch", self.steps)
        points = [{"images": 0, "shifted": accuracy(self.network, state, self.data.test_after)}]
        for lr_shift, batches in self._rounds():
            model.settings = layer_settings(self.network, self.trainer.batch, lr_shift)
            for x, y in batches:
                model.train_step(torch.from_numpy(x), torch.from_numpy(y))
                images += len(y)
                report.advance("without pretraining, golden model")
            shifted = accuracy(self.network, state_of(model), self.data.test_after)
            points.append({"images": images, "shifted": shifted})
        return points


def accuracy(network: Network, state: TrainingState, samples: Samples) -> float:
    """Accuracy of the golden model in that state on the first `CURVE` samples."""
    import torch

    from lls_hw.golden.state import integer_model

    inputs, labels = (part[:CURVE] for part in samples)
    result = integer_model(network, state).infer(torch.from_numpy(inputs), torch.from_numpy(labels))
    return float((result.prediction.numpy() == labels).mean())
