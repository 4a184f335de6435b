"""Compares a board with the golden model on any network: all common values must be equal."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lls_hw.contract.config import Config
from lls_hw.contract.counters import Counters
from lls_hw.contract.descriptor import Descriptor
from lls_hw.contract.units import Operation, Unit
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device
from lls_hw.driver.result import BatchResult
from lls_hw.driver.trainer import Batch, Trainer
from lls_hw.golden.model import StepResult
from lls_hw.golden.random_networks import (
    INPUT_KINDS,
    random_channels,
    random_convolutions,
    random_inputs,
)
from lls_hw.golden.verify import Mismatch, Verifier
from lls_hw.network.initial import initial_shifts, initial_weights
from lls_hw.network.network import Network
from lls_hw.program.compiler import Program
from lls_hw.program.schedule import wait_cycles
from lls_hw.program.traffic import moved

__all__ = ["STEPS", "Case", "compare", "random_case", "random_training", "weights_digest"]

STEPS = 3
"""Training steps of a comparison."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Network, initial state and data of a comparison."""

    network: Network
    batch: int
    lr_shift: int
    state: TrainingState
    batches: list[Batch]
    """`STEPS` batches for training and one for inference."""


def random_case(seed: int, configs: Sequence[Config], most_cycles: int) -> Case:
    """The case of a seed; it fits all `configs` with at most `most_cycles` cycles a step."""
    rng = np.random.default_rng((seed, 3))
    batch = int(rng.integers(1, 9))
    network = random_convolutions(
        rng, configs, batch, most_channels=40, most_pixels=15, most_cycles=most_cycles
    )
    return random_training(rng, seed, network, batch)


def random_training(rng: np.random.Generator, seed: int, network: Network, batch: int) -> Case:
    """A case of that network.

    Every eighth seed has weights of the whole range, every fourth has corner cases as data.
    Channel states are random.
    """
    lr_shift = int(rng.integers(-2, 4))
    weights = initial_weights(network, seed)
    if seed % 8 == 7:
        weights = [rng.integers(-32767, 32768, w.shape).astype(np.int16) for w in weights]
    step = int(rng.integers(0, 2**32 - STEPS))
    channels = random_channels(rng, network, batch)
    if network.training.step == "channel":  # steps are relative to the weights
        lr_shift += int(rng.integers(0, 10))
    kinds = ["random" if seed % 4 else str(rng.choice(INPUT_KINDS)) for _ in range(STEPS)]
    batches = []
    for kind in (*kinds, "random"):
        inputs = random_inputs(kind, rng, (batch, network.inputs))
        batches.append((inputs, rng.integers(0, network.classes, batch).astype(np.uint8)))
    return Case(
        network=network,
        batch=batch,
        lr_shift=lr_shift,
        state=TrainingState(weights, initial_shifts(network), step, channels=channels),
        batches=batches,
    )


def compare(case: Case, device: Device, outside: frozenset[int] | None = None) -> str:
    """Trains board and golden model; returns the SHA-256 of the weights, or raises Mismatch.

    The weights of the layers `outside` live in the external memory.
    """
    trainer = Trainer(device, case.network, case.batch, outside)
    trainer.load(case.state)
    trainer.set_learning_rate(case.lr_shift)
    golden = Verifier(case.network, case.batch, case.state)
    golden.set_learning_rate(case.lr_shift)
    training, (inputs, labels) = case.batches[:STEPS], case.batches[STEPS]
    for (x, y), result in zip(training, trainer.train(training), strict=True):
        golden.step(x, y, result)
    _check_counters(trainer.counters(), trainer.program)
    if device.config.trace:
        _check_trace(trainer.trace(), trainer.program)
    (seen,) = trainer.infer(inputs, labels)
    _check_inference(trainer.counters(), trainer.program)
    state = trainer.save()
    golden.check_weights(state)
    expected = golden.model.infer(torch.from_numpy(inputs), torch.from_numpy(labels))
    _equal("inference", _pairs(seen), _pairs(expected))
    return weights_digest(state.weights)


def _check_trace(seen: list[tuple[int, int]], program: Program) -> None:
    """Mismatch when an operation did not begin or end as planned.

    Where weights live outside, nobody knows when: but for the mover's, operations still take as
    long as planned.
    """
    planned = [(span.start, span.end) for span in program.spans]
    if not program.plan.windows:
        _equal("trace", seen, planned)
        return
    units = [span.descriptor.operation.unit for span in program.spans]
    for what, times in (("planned", planned), ("seen", seen)):
        assert len(times) == len(units), what
    exact = [unit is not Unit.MOVER for unit in units]
    lengths = [
        [end - start for (start, end), known in zip(times, exact, strict=True) if known]
        for times in (seen, planned)
    ]
    _equal("length of an operation", *lengths)


def _check_counters(counters: Counters, program: Program) -> None:
    """Mismatch when the board counted what the compiler did not plan."""
    if not program.plan.windows:
        _equal("cycles of a training step", counters.cycles, program.train_cycles)
        _equal("cycles of waiting", counters.wait_cycles, wait_cycles(program.spans))
        _equal("cycles of waiting for the external memory", counters.memory_wait_cycles, 0)
    busy = sum(
        span.end - span.start - 1
        for span in program.spans
        if span.descriptor.operation.unit is Unit.LOCAL
    )
    _equal("cycles of the local update unit", counters.local_cycles, busy)
    beats = _beats(program)
    counted = (counters.forward_beats, counters.gradient_beats)
    _equal("cycles with forward and gradient products", counted, (beats, beats))
    _check_ports(counters, program, program.train)


def _check_inference(counters: Counters, program: Program) -> None:
    """Mismatch when an inference run was not as planned; it has no gradients."""
    if not program.plan.windows:
        _equal("cycles of an inference run", counters.cycles, program.infer_cycles)
    counted = (counters.forward_beats, counters.gradient_beats)
    _equal("cycles with forward and gradient products", counted, (_beats(program), 0))
    _check_ports(counters, program, program.infer)


def _check_ports(counters: Counters, program: Program, run: Sequence[Descriptor]) -> None:
    """Mismatch when the mover did not move what the run plans, or one of its cycles is missing."""
    counted = (counters.mover_read_cycles, counters.mover_write_cycles)
    planned = tuple(moved(run, op) for op in (Operation.FILL, Operation.WRITE_BACK))
    _equal("elements read from and written to the external memory", counted, planned)
    if program.config.external_depth:
        every = counters.mover_idle_cycles + sum(counted)
        _equal("idle, read and write cycles of the mover", every, counters.cycles)


def _beats(program: Program) -> int:
    """Cycles with products in a pass over all layers."""
    layers = program.layers
    return program.batch * sum(prod(layer.tiling) * layer.shape.pixels for layer in layers)


def weights_digest(weights: Sequence[NDArray[Any]]) -> str:
    """SHA-256 of the weights of all layers, int16, one layer after the other."""
    return hashlib.sha256(b"".join(w.astype("<i2").tobytes() for w in weights)).hexdigest()


def _pairs(result: BatchResult | StepResult) -> list[tuple[int, int]]:
    return list(zip(result.prediction.tolist(), result.probability.tolist(), strict=True))


def _equal(what: str, board: object, expected: object) -> None:
    if board != expected:
        raise Mismatch(
            f"{what} differs: the board has {board}, the golden model or compiler {expected}; "
            "please report this with the command."
        )
