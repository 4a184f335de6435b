"""Self-test: compares a short training run on a board with the golden model.

First it writes and reads the complete memories of weights, velocities and channel states, and an
external memory. Then it
trains a small network that fits the board's engine, with momentum, normalisation and steps of
channels if the engine has them, for a few steps on seeded random samples. Predictions,
probabilities, the complete training state and cycles must be equal after every step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from lls_hw.contract.channels import CHANNEL, CHANNEL_ELEMENTS
from lls_hw.contract.config import Config
from lls_hw.contract.registers import Space
from lls_hw.driver.device import Device
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Batch, Trainer
from lls_hw.golden.external_memory import MemoryRange, external_test
from lls_hw.golden.verify import Mismatch, Verifier
from lls_hw.network.network import Conv, Dense, Network, Training
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError

__all__ = ["Choice", "SelfTest", "choose_network", "self_test"]

STEPS = 12
_MOMENTUM_SHIFT = 2
_CHANNEL_LR_SHIFT = 4
"""First learning-rate shift with steps of channels, which are relative to the weights."""
_ECHOED = (Space.WEIGHT, Space.VELOCITY, Space.CHANNEL)
_TRAINING = Training(batch=4)
_CANDIDATES = (
    Network(
        "convolutions with pooling and averages, two layers", (1, 12, 12),
        (Conv(outputs=8, cells=4, pool=True), Conv(outputs=8, cells=2, average=True),
         Dense(12), Dense(10)), _TRAINING,
    ),
    Network("a convolution and two layers", (1, 8, 8),
            (Conv(outputs=4, cells=2, pool=True), Dense(8), Dense(10)), _TRAINING),
    Network("three layers", (1, 8, 8), (Dense(24), Dense(16), Dense(10)), _TRAINING),
    Network("two layers", (1, 4, 4), (Dense(8), Dense(4)), _TRAINING),
)  # fmt: skip
"""Networks from the most to the least demanding; the self-test trains the first that fits."""


class Choice(NamedTuple):
    """What the test trains."""

    network: Network
    outside: frozenset[int]
    """Layers whose weights live in the external memory."""


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """What the test has compared; everything was equal."""

    network: str
    words: int
    """Elements of the memories on the chip that the test wrote and read."""
    external: MemoryRange | None
    """What of the external memory it wrote and read, if the engine has one."""
    steps: int
    samples: int
    weights: int
    channels: int
    """Channel states; none without normalisation and steps of channels."""
    layers: int
    outside: int
    """Layers of the network whose weights lived in the external memory."""
    cycles: int
    """Cycles of a training step, counted by the board."""
    predicted: bool
    """They equal the compiler's. What an external memory takes, nobody predicts exactly."""


def choose_network(config: Config) -> Choice:
    """The most demanding of the test's networks that fits the engine, with all of its options.

    With an external memory, the weights of all layers live there; where the program memory is too
    small for their moves, those of one; with momentum none, for velocities stay on the chip.
    """
    *choices, least = _choices(config)
    for choice in choices:
        try:
            compile_network(
                choice.network, config, choice.network.training.batch, outside=choice.outside
            )
        except FitError:
            continue
        return choice
    return least


def _choices(config: Config) -> Iterator[Choice]:
    """From the most to the least demanding."""
    networks = [_with_options(candidate, config) for candidate in _CANDIDATES]
    if config.external_depth and not config.momentum:
        for network in networks:
            yield Choice(network, frozenset(range(len(network.layers))))
        for network in networks:
            for layer in range(len(network.layers)):
                yield Choice(network, frozenset({layer}))
    for network in networks:
        yield Choice(network, frozenset())


def _with_options(network: Network, config: Config) -> Network:
    """The network with what the engine can do beyond plain training."""
    channels = config.channel_depth > 0
    training = replace(
        network.training,
        momentum_shift=_MOMENTUM_SHIFT * config.momentum,
        step="channel" if channels else "layer",
    )
    return replace(network, training=training, normalise=channels)


def self_test(
    device: Device, console: Console, seed: int = 0, tested: MemoryRange | None = None
) -> SelfTest:
    """Runs the test; Mismatch names the first difference.

    Where the engine has an external memory, that is `tested` first (default: all of it), and the
    weights live there (`choose_network`).
    """
    network, outside = choose_network(device.config)
    rng = np.random.default_rng(seed)
    external = _external_test(device, console, tested) if device.config.external_depth else None
    trainer = Trainer(device, network, outside=outside)
    columns = (TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        words = sum(_echo(device, space, rng) for space in _ECHOED if space.capacity(device.config))
        state = initial_state(network, trainer.batch, seed)
        trainer.load(state)
        verifier = Verifier(network, trainer.batch, state)
        first = _CHANNEL_LR_SHIFT if network.training.step == "channel" else 0
        for step in progress.track(range(STEPS), description="self-test"):
            # The learning rate falls, so that updates of every size occur.
            lr_shift = first + step // 4
            trainer.set_learning_rate(lr_shift)
            verifier.set_learning_rate(lr_shift)
            _step(trainer, verifier, _samples(network, rng))
    return SelfTest(
        network=network.name,
        words=words,
        external=external,
        steps=STEPS,
        samples=STEPS * trainer.batch,
        weights=sum(weights.size for weights in state.weights),
        channels=sum(len(channels) for channels in state.channels),
        layers=len(network.layers),
        outside=len(outside),
        cycles=trainer.counters().cycles,
        predicted=not outside,
    )


def _external_test(device: Device, console: Console, tested: MemoryRange | None) -> MemoryRange:
    """`external_test` with a progress bar."""
    tested = tested or MemoryRange(elements=Space.EXTERNAL.capacity(device.config))
    columns = (
        TextColumn("external memory"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("external memory", total=tested.work)
        return external_test(device, tested, lambda work: progress.advance(task, work))


def _echo(device: Device, space: Space, rng: np.random.Generator) -> int:
    """Writes and reads a complete memory; Mismatch names the first element that differs."""
    count, limits = space.capacity(device.config), np.iinfo(space.dtype)
    written = rng.integers(limits.min, limits.max, count, space.dtype, endpoint=True)
    device.write(space, 0, written)
    seen = device.read(space, 0, count)
    kept = _kept_bits(space, count)
    written, seen = written & kept, seen & kept
    different = np.flatnonzero(seen != written)
    if len(different):
        first = int(different[0])
        raise Mismatch(
            f"{len(different)} of {count} elements of {space.name} do not keep their value, "
            f"the first is {first}: {written[first]} was written, {seen[first]} was read; load the "
            "bitstream again or, if that does not help, build it with a lower --frequency."
        )
    return int(np.count_nonzero(kept))


def _kept_bits(space: Space, count: int) -> NDArray[Any]:
    """The bits of each element that the memory has: all, but those between channel states."""
    if space is not Space.CHANNEL:
        return np.full(count, -1).astype(space.dtype)
    state = np.zeros(CHANNEL_ELEMENTS, space.dtype)
    state[: len(CHANNEL)] = [(1 << layout.bits) - 1 for layout in CHANNEL]
    return np.resize(state, count)


def _samples(network: Network, rng: np.random.Generator) -> Batch:
    """One batch of random images and labels."""
    batch = network.training.batch
    inputs: NDArray[np.int8] = rng.integers(0, 128, (batch, network.inputs), np.int8)
    return inputs, rng.integers(0, network.classes, batch, np.uint8)


def _step(trainer: Trainer, verifier: Verifier, batch: Batch) -> None:
    """One training step on both; Mismatch at the first difference."""
    (result,) = trainer.train([batch])
    verifier.step(*batch, result)
    verifier.check_weights(trainer.save())
    cycles, predicted = trainer.counters().cycles, trainer.program.train_cycles
    if cycles != predicted and not trainer.program.plan.windows:
        raise Mismatch(
            f"Step {verifier.model.step - 1} took {cycles} cycles on the board; the compiler "
            f"predicts {predicted}."
        )
