"""One pass of an engine over samples, beside the golden model if that is wanted."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lls_hw.driver.batches import Batch, batches_of
from lls_hw.driver.result import BatchResult
from lls_hw.driver.tally import Tally
from lls_hw.session.board import Engine
from lls_hw.session.progress import Reporter
from lls_hw.session.samples import Samples

if TYPE_CHECKING:
    from lls_hw.golden.verify import Verifier

__all__ = ["test_samples", "train_epoch", "waited"]


def train_epoch(
    engine: Engine,
    samples: Samples,
    seed: int,
    epoch: int,
    lr_shift: Callable[[int], int],
    report: Reporter,
    verifier: "Verifier | None" = None,
) -> Tally:
    """Trains all whole batches in the order of the seed and epoch; `lr_shift` is that of a step.

    With a verifier, Mismatch at the first difference.
    """
    steps = len(samples.inputs) // engine.batch
    report.begin(f"epoch {epoch + 1}", steps)
    batches = batches_of(*samples, engine.batch, seed, epoch * steps)
    tally, step = Tally(), 0
    while step < steps:
        shift = lr_shift(step)
        stop = next((s for s in range(step, steps) if lr_shift(s) != shift), steps)
        engine.set_learning_rate(shift)
        if verifier:
            verifier.set_learning_rate(shift)
        for result, labels in _train(engine, islice(batches, stop - step), verifier):
            tally.add(result, labels)
            report.advance(tally)
        if verifier and verifier.failed:
            verifier.check_weights(engine.save())
        step = stop
    return tally


def _train(
    engine: Engine, batches: Iterator[Batch], verifier: "Verifier | None"
) -> Iterator[tuple[BatchResult, NDArray[np.uint8]]]:
    """Results with their labels; with a verifier, stops at the first difference."""
    sent: deque[Batch] = deque()

    def sending() -> Iterator[Batch]:
        for batch in batches:
            if verifier and verifier.failed:
                return
            sent.append(batch)
            yield batch

    for result in engine.train(sending()):
        inputs, labels = sent.popleft()
        if verifier:
            verifier.step(inputs, labels, result)
        yield result, labels


def test_samples(engine: Engine, samples: Samples, report: Reporter) -> Tally:
    """Predicts all samples with the present weights."""
    report.begin("test", -(-len(samples.inputs) // engine.batch))
    tally = Tally()
    for result in engine.infer(*samples):
        count = len(result.prediction)
        tally.add(result, samples.labels[tally.count : tally.count + count])
        report.advance(tally)
    return tally


def waited(engine: Engine, clock: int | None, steps: int) -> float | None:
    """Share of the cycles since `clock` that a board waited for the host; None without a clock."""
    now, program = engine.clock(), engine.program
    if clock is None or now is None or program is None:
        return None
    passed = (now - clock) % 2**32
    return max(0.0, 1 - steps * program.train_cycles / max(passed, 1))
