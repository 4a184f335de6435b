"""Trains a network on a board: loads it, streams samples, reads results and weights back."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract import formats as f
from lls_hw.contract.basis import make_basis
from lls_hw.contract.config import IMAGE_BANKS
from lls_hw.contract.descriptor import Operation
from lls_hw.contract.packing import pack_basis, pack_inputs, pack_weights, unpack_weights
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.trace import Unit, trace_address
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device
from lls_hw.errors import LlsError
from lls_hw.network.initial import initial_modulations
from lls_hw.network.network import Network
from lls_hw.program.compiler import compile_network
from lls_hw.program.plan import LayerPlan

__all__ = ["Batch", "BatchResult", "Counters", "InputError", "Trainer", "batches_of"]

Batch = tuple[NDArray[np.int8], NDArray[np.uint8]]


class InputError(LlsError, ValueError):
    """Samples or labels that the network cannot take."""


@dataclass(frozen=True)
class BatchResult:
    """What the board answers to one batch: (N,) predicted classes and label probabilities Q15."""

    prediction: NDArray[np.int64]
    probability: NDArray[np.int64]

    @property
    def loss(self) -> NDArray[np.float64]:
        """Cross-entropy of each sample in nats; probabilities below 2**-16 count as 2**-16."""
        return np.asarray(-np.log(np.maximum(self.probability, 0.5) / f.ONE))


@dataclass(frozen=True)
class Counters:
    """The board's cycle counters after one run."""

    cycles: int
    forward_beats: int
    gradient_beats: int
    local_cycles: int
    wait_cycles: int


class Trainer:
    """One network on one board.

    Results lag behind the samples sent, so that the link never waits for the engine: batch n + 1
    is on its way while batch n is computed.
    """

    def __init__(self, device: Device, network: Network, batch: int | None = None) -> None:
        self.device = device
        self.network = network
        self.program = compile_network(
            network, device.config, network.training.batch if batch is None else batch
        )
        self._lr_shift: int | None = None
        self._load_basis()

    @property
    def batch(self) -> int:
        """Samples of one step."""
        return self.program.batch

    def set_learning_rate(self, lr_shift: int) -> None:
        """Learning rate 2**-lr_shift from the next step on."""
        if lr_shift != self._lr_shift:
            self.program = compile_network(self.network, self.device.config, self.batch, lr_shift)
            self.device.load_program(self.program.words())
            self._lr_shift = lr_shift

    def load(self, state: TrainingState) -> None:
        """Writes weights, modulations, velocities, shifts and step number to the board."""
        for plan, weights in zip(self.program.layers, state.weights, strict=True):
            if weights.shape != (plan.fan_in, plan.fan_out):
                raise InputError(
                    f"The weights of layer {plan.index} have the shape {weights.shape}; network "
                    f"{self.network.name!r} needs {(plan.fan_in, plan.fan_out)}."
                )
            self._write(Space.WEIGHT, plan, weights)
        first = self.program.layers[0]
        if first.packed:
            shape = self.network.input[0] << 8 | first.shape.width
            self.device.write(Space.CONTROL, Register.IMAGE_SHAPE, [shape])
        self._load_modulations(state.modulations)
        self._load_velocities(state.velocities)
        self.device.write(Space.STATE, 0, np.array(state.shifts, np.uint32))
        self.device.write(Space.CONTROL, Register.STEP, np.array([state.step], np.uint32))
        if self._lr_shift is None:
            self.set_learning_rate(self.network.training.lr_shifts[0])

    def save(self, meta: dict[str, object] | None = None) -> TrainingState:
        """Reads weights, modulations, velocities, shifts and step number from the board."""
        layers = self.program.layers
        weights = [self._read(Space.WEIGHT, plan) for plan in layers]
        moving = self.network.training.momentum_shift > 0
        velocities = [self._read(Space.VELOCITY, plan) for plan in layers] if moving else []
        shifts = self.device.read(Space.STATE, 0, len(weights)).tolist()
        step = self.device.register(Register.STEP)
        return TrainingState(
            weights, shifts, step, meta or {}, self._save_modulations(), velocities
        )

    def train(self, batches: Iterable[Batch]) -> Iterator[BatchResult]:
        """One training step for each (N, I) int8, (N,) labels; results come in order."""
        return self._stream(batches, start=0)

    def infer(self, inputs: NDArray[np.int8], labels: NDArray[np.uint8]) -> Iterator[BatchResult]:
        """Predictions of all samples, in batches; the last one may be smaller."""
        n = self.batch
        padded = range(0, len(inputs), n)
        batches = ((inputs[k : k + n], labels[k : k + n]) for k in padded)
        return self._stream(batches, start=self.program.infer_start)

    def counters(self) -> Counters:
        """Counters of the last run; waits until it has ended."""
        names = ("CYCLES", "FORWARD_BEATS", "GRADIENT_BEATS", "LOCAL_CYCLES", "WAIT_CYCLES")
        return Counters(*(self.device.register(Register[name]) for name in names))

    def trace(self) -> list[tuple[int, int]]:
        """First cycle and end of each operation of the last training step, as `program.spans`.

        Nothing if the board keeps no trace.
        """
        if not self.device.config.trace:
            return []
        times = []
        for index, span in enumerate(self.program.spans):
            local = span.descriptor.operation == Operation.LOCAL
            unit = Unit.LOCAL if local else Unit.ARRAY
            address = trace_address(self.device.config, unit, index)
            start, end = self.device.read(Space.TRACE, address, 2).tolist()
            times.append((start, end))
        return times

    def _load_basis(self) -> None:
        """The network's basis; the board may hold that of another network."""
        stride = self.program.basis_stride
        basis = make_basis(self.network.basis, self.network.classes, stride)
        self.device.write(Space.BASIS, 0, pack_basis(self.device.config, basis, stride))

    def _write(self, space: Space, plan: LayerPlan, values: NDArray[Any]) -> None:
        """Weights or velocities of a layer."""
        config = self.device.config
        elements = pack_weights(config, values, *plan.tiling)
        self.device.write(space, plan.weight_base * config.cols, elements)

    def _read(self, space: Space, plan: LayerPlan) -> NDArray[Any]:
        """What `_write` has written, and training made of it."""
        config = self.device.config
        count = (plan.weight_end - plan.weight_base) * config.cols
        elements = self.device.read(space, plan.weight_base * config.cols, count)
        return unpack_weights(config, elements, plan.fan_in, plan.fan_out, *plan.tiling)

    def _load_velocities(self, velocities: list[NDArray[np.int32]]) -> None:
        """Those of the state, or zero in a state that has none."""
        shift = self.network.training.momentum_shift
        if self.device.config.momentum:
            self.device.write(Space.CONTROL, Register.MOMENTUM_SHIFT, [shift])
        if not shift:
            return
        still = [np.zeros(shape, np.int32) for shape in self.network.shapes]
        pairs = zip(self.program.layers, still, velocities or still, strict=True)
        for plan, zero, given in pairs:
            if given.shape != zero.shape:
                raise InputError(
                    f"The velocities of layer {plan.index} have the shape {given.shape}; network "
                    f"{self.network.name!r} needs {zero.shape}."
                )
            self._write(Space.VELOCITY, plan, given)

    def _load_modulations(self, modulations: list[NDArray[np.int16]]) -> None:
        """Those of the state, or the identity in a state that has none."""
        initial = initial_modulations(self.network)
        for plan, fresh, given in zip(
            self.program.layers, initial, modulations or initial, strict=True
        ):
            if given.shape != fresh.shape:
                raise InputError(
                    f"The modulation of layer {plan.index} has the shape {given.shape}; network "
                    f"{self.network.name!r} needs {fresh.shape}."
                )
            if given.size:
                self.device.write(Space.MODULATION, plan.modulation_base, given)

    def _save_modulations(self) -> list[NDArray[np.int16]]:
        """As `TrainingState.modulations`."""
        initial = initial_modulations(self.network)
        if not any(fresh.size for fresh in initial):
            return []
        read = self.device.read
        return [
            read(Space.MODULATION, plan.modulation_base, fresh.size).reshape(fresh.shape)
            if fresh.size
            else fresh
            for plan, fresh in zip(self.program.layers, initial, strict=True)
        ]

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

    def _stream(self, batches: Iterable[Batch], start: int) -> Iterator[BatchResult]:
        """Input buffers take turns; a buffer's results are read before it is run again."""
        device, config = self.device, self.device.config
        buffers = (0, 1)
        running: tuple[int, int] | None = None
        pending: deque = deque()
        for count, (inputs, labels) in enumerate(batches):
            self._check(inputs, labels)
            buffer = buffers[count % 2]
            base = buffer * config.max_batch
            self._send(inputs, buffer)
            device.write(Space.LABEL, base, labels.astype(np.uint8))
            if running is not None:
                pending.append(device.read_async(Space.RESULT, *running))
            device.run(buffer, start)
            running = (base, len(inputs))
            if len(pending) > 1:
                yield self._result(pending.popleft().result())
        if running is not None:
            pending.append(device.read_async(Space.RESULT, *running))
        for answer in pending:
            yield self._result(answer.result())

    def _send(self, inputs: NDArray[np.int8], buffer: int) -> None:
        """A batch into an input buffer."""
        config, first = self.device.config, self.program.layers[0]
        start = buffer * self.program.x_buffer
        if first.packed:
            row = start // first.shape.width * IMAGE_BANKS
            self.device.write(Space.CONTROL, Register.IMAGE_ROW, [row])
            self.device.write(Space.IMAGE, 0, inputs.reshape(-1))
            return
        elements = pack_inputs(config, inputs, first.shape.in_channels)
        self.device.write(Space.ACT, (first.x_base + start) * config.act_word, elements)

    @staticmethod
    def _result(elements: NDArray[np.uint32]) -> BatchResult:
        values = elements.astype(np.int64)
        return BatchResult(values >> 16 & 0xFF, values & 0xFFFF)


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
        order = np.random.default_rng((seed, epoch)).permutation(len(inputs))
        for k in islice(range(steps), skip, None):
            chosen = order[k * batch : (k + 1) * batch]
            yield inputs[chosen], labels[chosen]
        epoch, skip = epoch + 1, 0
