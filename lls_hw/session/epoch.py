"""One pass of an engine over samples, beside the golden model if that is wanted."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lls_hw.driver.batches import order_of
from lls_hw.driver.result import BatchResult, Counts
from lls_hw.driver.stored import StoredSamples
from lls_hw.driver.tally import Tally
from lls_hw.driver.trainer import Trainer
from lls_hw.session.board import Engine
from lls_hw.session.cycle_count import CycleCount
from lls_hw.session.progress import Reporter
from lls_hw.session.samples import Samples
from lls_hw.session.stored import found

if TYPE_CHECKING:
    from lls_hw.golden.verify import Verifier

__all__ = ["test_samples", "train_epoch"]


def train_epoch(
    engine: Engine,
    samples: Samples,
    seed: int,
    epoch: int,
    lr_shift: Callable[[int], int],
    report: Reporter,
    cycles: CycleCount,
    verifier: "Verifier | None" = None,
) -> Tally:
    """Trains all whole batches in the order of the seed and epoch; `lr_shift` is that of a step.

    `cycles` looks at the board's clock meanwhile. Samples that are stored on the board are named,
    others sent. With a verifier, Mismatch at the first difference.
    """
    order = order_of(len(samples.inputs), engine.batch, seed, epoch)
    steps, stored = len(order), found(engine, samples)
    report.begin(f"epoch {epoch + 1}", steps)
    tally, step = Tally(), 0
    while step < steps:
        shift = lr_shift(step)
        stop = next((s for s in range(step, steps) if lr_shift(s) != shift), steps)
        engine.set_learning_rate(shift)
        if verifier:
            verifier.set_learning_rate(shift)
        if stored and isinstance(engine, Trainer) and not verifier:
            for counts in engine.train_stored(stored, order[step:stop]):
                _count(tally, counts, report)
                cycles.look()
        else:
            for result, labels in _train(engine, samples, stored, order[step:stop], verifier):
                tally.add(result, labels)
                report.advance(tally)
                cycles.look()
        if verifier and verifier.failed:
            verifier.check_weights(engine.save())
        step = stop
    return tally


def _count(tally: Tally, counts: Counts, report: Reporter) -> None:
    """Several steps at once."""
    tally.add_counts(counts)
    report.advance(tally, counts.steps)


def _train(
    engine: Engine,
    samples: Samples,
    stored: StoredSamples | None,
    order: NDArray[np.int64],
    verifier: "Verifier | None",
) -> Iterator[tuple[BatchResult, NDArray[np.uint8]]]:
    """Results with their labels; with a verifier, stops at the first difference."""
    sent: deque[NDArray[np.int64]] = deque()

    def sending() -> Iterator[NDArray[np.int64]]:
        for chosen in order:
            if verifier and verifier.failed:
                return
            sent.append(chosen)
            yield chosen

    if stored and isinstance(engine, Trainer):
        results = engine.train_stored_each(stored, sending())
    else:
        results = engine.train((samples.inputs[k], samples.labels[k]) for k in sending())
    for result in results:
        chosen = sent.popleft()
        if verifier:
            verifier.step(samples.inputs[chosen], samples.labels[chosen], result)
        yield result, samples.labels[chosen]


def test_samples(engine: Engine, samples: Samples, report: Reporter) -> Tally:
    """Predicts all samples with the present weights."""
    report.begin("test", -(-len(samples.inputs) // engine.batch))
    tally, stored = Tally(), found(engine, samples)
    if stored and isinstance(engine, Trainer):
        for counts in engine.infer_stored(stored):
            _count(tally, counts, report)
        return tally
    for result in engine.infer(*samples):
        count = len(result.prediction)
        tally.add(result, samples.labels[tally.count : tally.count + count])
        report.advance(tally)
    return tally
