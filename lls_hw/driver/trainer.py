"""Trains a network on a board: loads it, streams samples, reads results and weights back."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.counters import Counters
from lls_hw.contract.registers import COUNTERS
from lls_hw.contract.run import INPUT_BUFFERS
from lls_hw.driver import transfers
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device, Reply
from lls_hw.driver.errors import InputError
from lls_hw.driver.result import BatchResult
from lls_hw.network.network import Network
from lls_hw.program.compiler import compile_network

__all__ = ["Batch", "Trainer", "batches_of", "order_of"]

Batch = tuple[NDArray[np.int8], NDArray[np.uint8]]


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

    def save(self, meta: dict[str, object] | None = None) -> TrainingState:
        """Reads what `load` writes."""
        sources = transfers.state_sources(self.program)
        read = [self.device.read(*source) for source in sources]
        return transfers.training_state(self.program, read, meta)

    def train(self, batches: Iterable[Batch]) -> Iterator[BatchResult]:
        """One training step for each (N, I) int8, (N,) labels; results come in order."""
        return self._stream(map(self._whole, batches), start=0)

    def infer(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> Iterator[BatchResult]:
        """Predictions of all samples, in batches; the last one may be smaller."""
        self._check(inputs, labels)
        n = self.batch
        padded = range(0, len(inputs), n)
        batches = ((inputs[k : k + n], labels[k : k + n]) for k in padded)
        return self._stream(batches, start=self.program.infer_start)

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

    def _check(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> None:
        if inputs.ndim != 2 or inputs.shape[1] != self.network.inputs:
            raise InputError(
                f"The samples have the shape {inputs.shape}; network {self.network.name!r} "
                f"takes (N, {self.network.inputs})."
            )
        if len(labels) != len(inputs):
            raise InputError(f"There are {len(inputs)} samples but {len(labels)} labels.")
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < self.network.classes:
            raise InputError(
                f"The labels reach from {labels.min()} to {labels.max()}; network "
                f"{self.network.name!r} has {self.network.classes} classes, from 0."
            )

    def _whole(self, batch: Batch) -> Batch:
        """A batch to train with: the engine learns from as many samples as were compiled."""
        self._check(*batch)
        if len(batch[0]) != self.batch:
            raise InputError(
                f"There are {len(batch[0])} samples; a training step takes {self.batch}."
            )
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


def batches_of(
    inputs: NDArray[np.int8], labels: NDArray[np.uint8], batch: int, seed: int, first: int = 0
) -> Iterator[Batch]:
    """Endless shuffled batches from step `first` on; an epoch drops its incomplete last batch.

    The order of epoch e is NumPy's default generator's permutation for the seed (seed, e), so
    that the batch of a step depends on nothing but the step.
    """
    steps = len(inputs) // batch
    epoch, skip = divmod(first, steps)
    while True:
        for chosen in order_of(len(inputs), batch, seed, epoch)[skip:]:
            yield inputs[chosen], labels[chosen]
        epoch, skip = epoch + 1, 0


def order_of(samples: int, batch: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The samples of each step of an epoch (B, N)."""
    steps = samples // batch
    order = np.random.default_rng((seed, epoch)).permutation(samples)
    return order[: steps * batch].reshape(steps, batch)
