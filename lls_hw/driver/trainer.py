"""Trains a network on a board: loads it, streams samples, reads results and weights back."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.counters import Counters
from lls_hw.contract.registers import COUNTERS, Register
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.driver import transfers
from lls_hw.driver.batches import Batch, batches_of, check_batch, check_samples, order_of
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device, Reply
from lls_hw.driver.errors import InputError
from lls_hw.driver.result import BatchResult
from lls_hw.network.network import Network
from lls_hw.program.compiler import compile_network

__all__ = ["Batch", "Trainer", "batches_of", "order_of"]


class Trainer:
    """One network on one board.

    Results lag behind the samples sent, so that the link never waits for the engine: batch n + 1
    is on its way while batch n is computed.

    The weights of the layers `outside` live in the external memory (default: as few as possible).
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
        self._loaded = False
        device.write(*transfers.basis_transfer(self.program))

    @property
    def batch(self) -> int:
        """Samples of one step."""
        return self.program.batch

    def set_learning_rate(self, lr_shift: int) -> None:
        """Learning rate 2**-lr_shift from the next step on."""
        if lr_shift != self._lr_shift:
            self.program = compile_network(
                self.network, self.device.config, self.batch, lr_shift, self._outside
            )
            self.device.write(*transfers.program_transfer(self.program))
            self._lr_shift = lr_shift

    def load(self, state: TrainingState) -> None:
        """Writes weights, modulations, velocities, channel states, shifts and step number.

        InputError, before anything is written, when the state is not one of the network.
        """
        for transfer in list(transfers.state_transfers(self.program, state)):
            self.device.write(*transfer)
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
        return self._stream(map(self._whole, batches), start=0)

    def infer(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> Iterator[BatchResult]:
        """Predictions of all samples, in batches; the last one may be smaller."""
        self._check_loaded()
        check_samples(self.network, inputs, labels)
        n = self.batch
        padded = range(0, len(inputs), n)
        batches = ((inputs[k : k + n], labels[k : k + n]) for k in padded)
        return self._stream(batches, start=self.program.infer_start)

    def scores(self, inputs: NDArray[np.int8]) -> Iterator[NDArray[np.int64]]:
        """The classifier's probability of every class (n, K), Q15, in batches.

        A run answers with the probability of one class, so each batch runs once for each class;
        its samples are sent once.
        """
        self._check_loaded()
        check_samples(self.network, inputs, np.zeros(len(inputs), np.uint8))
        return self._scores(inputs)

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
        return self.device.register(Register.CLOCK)

    def _whole(self, batch: Batch) -> Batch:
        """A batch to train with: the engine learns from as many samples as were compiled."""
        check_batch(self.network, self.batch, *batch)
        return batch

    def _stream(self, batches: Iterable[Batch], start: int) -> Iterator[BatchResult]:
        """Input buffers take turns; a buffer's results are read before it is run again."""
        device, program = self.device, self.program
        running: transfers.Source | None = None
        pending: deque[Reply] = deque()
        for count, (inputs, labels) in enumerate(batches):
            buffer = count % INPUT_BUFFERS
            for transfer in transfers.input_transfers(program, inputs, buffer):
                device.write(*transfer)
            device.write(*transfers.label_transfer(program, labels, buffer))
            if running is not None:
                pending.append(device.read_async(*running))
            device.run(buffer, start)
            running = transfers.result_source(program, buffer, len(inputs))
            if len(pending) > 1:
                yield BatchResult.of(pending.popleft().result())
        if running is not None:
            pending.append(device.read_async(*running))
        for answer in pending:
            yield BatchResult.of(answer.result())


def _by_class(replies: list[Reply]) -> NDArray[np.int64]:
    """Probabilities (n, K) from the results of a batch, one for each class."""
    found = [BatchResult.of(reply.result()).probability for reply in replies]
    return np.stack(found, axis=1)
