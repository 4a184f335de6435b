"""Trains a network on a board: loads it, streams samples, reads results and weights back."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.counters import Counters
from lls_hw.contract.memories import Memory
from lls_hw.contract.registers import COUNTERS, Space
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.driver import runs, transfers
from lls_hw.driver.batches import Batch, batches_of, check_batch, check_samples, order_of
from lls_hw.driver.calls import Calls
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device, Reply
from lls_hw.driver.errors import InputError
from lls_hw.driver.kept import beginning, check_kept, pieces
from lls_hw.driver.result import BatchResult, Counts
from lls_hw.driver.stored import StoredSamples, check_named, place_transfers, store_transfers
from lls_hw.network.checks import check
from lls_hw.network.network import LR_LIMITS, Network
from lls_hw.program.compiler import compile_network
from lls_hw.program.stored import room, stored_size

__all__ = ["Batch", "Trainer", "batches_of", "order_of"]

_SENT = "--no-store trains without it"
_FITTING = "a network whose weights fit the chip trains without it"
"""What to do without an external memory."""


class Trainer:
    """One network on one board.

    Results lag behind the samples sent, so that the link never waits for the engine: batch n + 1
    is on its way while batch n is computed. All of a call's results must be taken before the next
    call begins, or none any more: InputError for those that are asked for afterwards.

    The weights of the layers `outside` live in the external memory (default: as few as possible).
    `stored` are the samples that lie there.
    """

    def __init__(
        self,
        device: Device,
        network: Network,
        batch: int | None = None,
        outside: frozenset[int] | None = None,
    ) -> None:
        self.device = device
        self.network = network
        self._outside = outside
        size = network.training.batch if batch is None else batch
        self.program = compile_network(network, device.config, size, outside=outside)
        self._lr_shift: int | None = None
        self._written: transfers.Transfer | None = None
        """The program on the board."""
        self._loaded = False
        self._end = self.program.plan.used[Memory.EXTERNAL]
        """First free element of the external memory."""
        self.stored: list[StoredSamples] = []
        self._calls = Calls(device)
        device.write(*transfers.basis_transfer(self.program))

    @property
    def batch(self) -> int:
        """Samples of one step."""
        return self.program.batch

    def set_learning_rate(self, lr_shift: int) -> None:
        """Learning rate 2**-lr_shift from the next step on; NetworkError outside of LR_LIMITS."""
        check("lr_shift", lr_shift, *LR_LIMITS)
        if lr_shift != self._lr_shift:
            self.program = compile_network(
                self.network, self.device.config, self.batch, lr_shift, self._outside
            )
            program = transfers.program_transfer(self.program)
            with self.device.together():
                for transfer in transfers.changed(self._written, program):
                    self.device.write(*transfer)
            self._written, self._lr_shift = program, lr_shift

    def load(self, state: TrainingState) -> None:
        """Writes weights, modulations, velocities, channel states, shifts and step number.

        InputError, before anything is written, when the state is not one of the network;
        ExternalMemoryError if weights live in an external memory that does not keep them.
        """
        written = list(transfers.state_transfers(self.program, state))
        for transfer in written:
            self.device.write(*transfer)
        outside = (one for one in written if one.space is Space.EXTERNAL)
        check_kept(self.device, chain.from_iterable(map(pieces, outside)), _FITTING)
        if self._lr_shift is None:
            self.set_learning_rate(self.network.training.lr_shifts[0])
        self._loaded = True

    def save(self, meta: dict[str, object] | None = None) -> TrainingState:
        """Reads what `load` writes."""
        sources = transfers.state_sources(self.program)
        read = [self.device.read(*source) for source in sources]
        return transfers.training_state(self.program, read, meta)

    def train(self, batches: Iterable[Batch]) -> Iterator[BatchResult]:
        """One training step for each (N, I) int8, (N,) labels; results come in order.

        InputError if nothing has been loaded: whatever the board held would be trained.
        """
        self._check_loaded()
        return self._results(runs.bring_batches(self.program, map(self._whole, batches)), 0)

    def infer(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> Iterator[BatchResult]:
        """Predictions of all samples, in batches; the last one may be smaller."""
        self._check_loaded()
        check_samples(self.network, inputs, labels)
        n = self.batch
        padded = range(0, len(inputs), n)
        batches = ((inputs[k : k + n], labels[k : k + n]) for k in padded)
        brought = runs.bring_batches(self.program, batches)
        return self._results(brought, self.program.infer_start)

    def _results(self, batches: Iterable[runs.Brought], start: int) -> Iterator[BatchResult]:
        return self._calls.alone(runs.results(self.device, self.program, batches, start))

    def room(self) -> int:
        """Samples for which the external memory has room behind all that lies there."""
        return room(self.program, self._end)

    def store(
        self,
        inputs: NDArray[np.int8],
        labels: NDArray[np.uint8],
        written: Callable[[int], None] = lambda samples: None,
    ) -> StoredSamples:
        """Writes samples behind all that lies in the external memory, as many as fit.

        The others are sent whenever a batch has one of them, so the arrays must not change.
        `written` hears how many more samples are on their way. InputError without such a memory,
        or for samples that are not int8; ExternalMemoryError if it does not keep them.
        """
        check_samples(self.network, inputs, labels)
        if not self.device.config.external_depth:
            raise InputError(
                f"{self.device.name} has no external memory; send the samples with each step, or "
                "take an engine with one, such as sdram."
            )
        fitting = min(len(inputs), self.room())
        samples = StoredSamples(inputs, labels, fitting, self._end, stored_size(self.program))
        before = beginning(self.device, self._end)
        for transfer in place_transfers(self.program):
            self.device.write(*transfer)
        for transfer in store_transfers(self.program, samples):
            self.device.write(*transfer)
            written(len(transfer.elements) // samples.size)
        check_kept(self.device, [before, *samples.some(self.program)], _SENT)
        self._end = samples.end
        self.stored.append(samples)
        return samples

    def forget(self, but: int = 0) -> None:
        """Makes room again where all samples lie `but` the first so many that were stored."""
        del self.stored[but:]
        weights = self.program.plan.used[Memory.EXTERNAL]
        self._end = self.stored[-1].end if self.stored else weights

    def train_stored(
        self, samples: StoredSamples, order: Iterable[NDArray[np.int64]]
    ) -> Iterator[Counts]:
        """One training step for each (N,) numbers of samples.

        The same steps as `train` with these samples. Results come as sums over several steps.
        InputError for samples that do not lie on the board, or numbers that are none of theirs.
        """
        brought = self._bring(samples, order)
        return self._calls.alone(runs.counts(self.device, brought, 0, self.batch))

    def train_stored_each(
        self, samples: StoredSamples, order: Iterable[NDArray[np.int64]]
    ) -> Iterator[BatchResult]:
        """As `train_stored`, with the results of each sample."""
        return self._results(self._bring(samples, order), 0)

    def _bring(
        self, samples: StoredSamples, order: Iterable[NDArray[np.int64]]
    ) -> Iterator[runs.Brought]:
        """Batches to train with."""
        self._check_stored(samples)
        return runs.bring_stored(self.program, samples, self._named(samples, order))

    def _named(
        self, samples: StoredSamples, order: Iterable[NDArray[np.int64]]
    ) -> Iterator[NDArray[np.int64]]:
        """The numbers of each step; others may have been stored since the step before."""
        for chosen in order:
            self._check_stored(samples)
            yield check_named(samples, self.batch, chosen)

    def infer_stored(self, samples: StoredSamples) -> Iterator[Counts]:
        """Predictions of all samples, as sums over several batches; the last may be smaller."""
        self._check_stored(samples)
        return self._calls.alone(self._infer_stored(samples))

    def _infer_stored(self, samples: StoredSamples) -> Iterator[Counts]:
        whole = len(samples) // self.batch * self.batch
        order = np.arange(whole).reshape(-1, self.batch)
        start, rest = self.program.infer_start, np.arange(whole, len(samples))
        brought = runs.bring_stored(self.program, samples, self._named(samples, order))
        yield from runs.counts(self.device, brought, start, self.batch)
        if len(rest):
            self._check_stored(samples)
            brought = runs.bring_stored(self.program, samples, [rest])
            (last,) = runs.results(self.device, self.program, brought, start)
            yield Counts.of(last, samples.labels[rest])

    def _check_stored(self, samples: StoredSamples) -> None:
        self._check_loaded()
        if not any(samples is one for one in self.stored):
            raise InputError(
                "These samples do not lie on the board, or no longer; call store() and use what it "
                "returns."
            )

    def scores(self, inputs: NDArray[np.int8]) -> Iterator[NDArray[np.int64]]:
        """The classifier's probability of every class (n, K), Q15, in batches.

        A run answers with the probability of one class, so each batch runs once for each class;
        its samples are sent once.
        """
        self._check_loaded()
        check_samples(self.network, inputs, np.zeros(len(inputs), np.uint8))
        return self._calls.alone(self._scores(inputs))

    def _scores(self, inputs: NDArray[np.int8]) -> Iterator[NDArray[np.int64]]:
        """Input buffers take turns: while a batch is computed, the next one is sent."""
        pending: deque[list[Reply]] = deque()
        for count, start in enumerate(range(0, len(inputs), self.batch)):
            few = inputs[start : start + self.batch]
            pending.append(self._each_class(few, count % INPUT_BUFFERS))
            if len(pending) > 1:
                yield _by_class(pending.popleft())
        for replies in pending:
            yield _by_class(replies)

    def _each_class(self, inputs: NDArray[np.int8], buffer: int) -> list[Reply]:
        """Runs a batch once for each class, as if it were the label of all samples."""
        device, program = self.device, self.program
        for transfer in transfers.input_transfers(program, inputs, buffer):
            device.write(*transfer)
        source = transfers.result_source(program, buffer, len(inputs))
        replies = []
        for label in range(self.network.classes):
            labels = np.full(len(inputs), label, np.uint8)
            device.write(*transfers.label_transfer(program, labels, buffer))
            device.run(buffer, program.infer_start)
            replies.append(device.read_async(*source))
        return replies

    def _check_loaded(self) -> None:
        if not self._loaded:
            raise InputError(
                "Nothing has been loaded onto the board; call load() with a training state first, "
                "such as initial_state(network, batch, seed)."
            )

    def counters(self) -> Counters:
        """Counters of the last run; waits until it has ended."""
        self._calls.wait()
        return Counters(*(self.device.register(register) for register in COUNTERS))

    def trace(self) -> list[tuple[int, int]]:
        """First cycle and end of each operation of the last training step, as `program.spans`.

        Nothing if the board keeps no trace.
        """
        times = []
        for source in transfers.trace_sources(self.program):
            start, end = self.device.read(*source).tolist()
            times.append((start, end))
        return times

    def clock(self) -> int:
        """Cycles of the board so far, modulo 2**32."""
        return self.device.clock()

    def _whole(self, batch: Batch) -> Batch:
        """A batch to train with: the engine learns from as many samples as were compiled."""
        check_batch(self.network, self.batch, *batch)
        return batch


def _by_class(replies: list[Reply]) -> NDArray[np.int64]:
    """Probabilities (n, K) from the results of a batch, one for each class."""
    found = [BatchResult.of(reply.result()).probability for reply in replies]
    return np.stack(found, axis=1)
