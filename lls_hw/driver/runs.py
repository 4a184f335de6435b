"""Runs of a program on one batch after another, over both input buffers."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.registers import Space
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.contract.tally import TALLY, ResultSums
from lls_hw.driver import transfers
from lls_hw.driver.batches import Batch
from lls_hw.driver.device import Device, Reply
from lls_hw.driver.result import BatchResult, Counts
from lls_hw.driver.stored import SAMPLES_AT_ONCE, StoredSamples, batch_transfers
from lls_hw.program.compiler import Program

__all__ = ["Brought", "bring_batches", "bring_stored", "counts", "results"]


class Brought(NamedTuple):
    """A batch on its way into an input buffer."""

    transfers: list[transfers.Transfer]
    buffer: int
    samples: int


def bring_batches(program: Program, batches: Iterable[Batch]) -> Iterator[Brought]:
    """Sends inputs (N, I) and labels (N,)."""
    for number, (inputs, labels) in enumerate(batches):
        buffer = number % INPUT_BUFFERS
        brings = [
            *transfers.input_transfers(program, inputs, buffer),
            transfers.label_transfer(program, labels, buffer),
        ]
        yield Brought(brings, buffer, len(labels))


def bring_stored(
    program: Program, stored: StoredSamples, order: Iterable[NDArray[np.int64]]
) -> Iterator[Brought]:
    """Names stored samples (N,) of each batch."""
    for number, chosen in enumerate(order):
        buffer = number % INPUT_BUFFERS
        brings = list(batch_transfers(program, stored, chosen, buffer))
        yield Brought(brings, buffer, len(chosen))


def results(
    device: Device, program: Program, batches: Iterable[Brought], start: int
) -> Iterator[BatchResult]:
    """Runs from descriptor `start`; a buffer's results are read before it is run again."""
    running: transfers.Source | None = None
    pending: deque[Reply] = deque()
    for brings, buffer, samples in batches:
        with device.together():
            for transfer in brings:
                device.write(*transfer)
        if running is not None:
            pending.append(device.read_async(*running))
        device.run(buffer, start)
        running = transfers.result_source(program, buffer, samples)
        if len(pending) > 1:
            yield BatchResult.of(pending.popleft().result())
    if running is not None:
        pending.append(device.read_async(*running))
    for answer in pending:
        yield BatchResult.of(answer.result())


class _Counter:
    """Differences between sums that are asked for one after the other."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._pending: deque[tuple[Reply, int, int]] = deque()
        self._sums = _sums(self._ask())

    def _ask(self) -> Reply:
        return self._device.read_async(Space.TALLY, 0, len(TALLY))

    def ask(self, steps: int, samples: int) -> None:
        """The sums over these last steps; they come when the steps have ended."""
        self._pending.append((self._ask(), steps, samples))

    def answers(self, but: int) -> Iterator[Counts]:
        """All answers but the last few."""
        while len(self._pending) > but:
            reply, steps, samples = self._pending.popleft()
            before, self._sums = self._sums, _sums(reply)
            yield Counts(
                steps=steps,
                samples=samples,
                correct=self._sums.correct_since(before),
                loss=self._sums.loss_since(before),
            )


def _sums(reply: Reply) -> ResultSums:
    return ResultSums(*reply.result().tolist())


def counts(device: Device, batches: Iterator[Brought], start: int, batch: int) -> Iterator[Counts]:
    """Runs from descriptor `start`; the board counts the results of `batch` samples a step.

    Commands of several steps travel together. Their results are asked for when the first batch of
    the next ones has been brought.
    """
    counter, steps, at_once = _Counter(device), 0, max(1, SAMPLES_AT_ONCE // batch)
    while together := list(islice(batches, at_once)):
        with device.together():
            for number, (brings, buffer, _) in enumerate(together):
                for transfer in brings:
                    device.write(*transfer)
                if number == 0 and steps:
                    counter.ask(steps, steps * batch)
                device.run(buffer, start)
        steps = len(together)
        yield from counter.answers(but=1)
    if steps:
        counter.ask(steps, steps * batch)
    yield from counter.answers(but=0)
