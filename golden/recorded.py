"""Recorded networks: one for each preset, whose weights no change may alter and no cycles raise.

`tests/recorded.json` holds what an earlier version made of them: SHA-256 of the final weights,
cycles of a training step and of an inference run.
"""

from dataclasses import dataclass

import numpy as np
import torch

from lls_hw.contract.config import PRESETS
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.device import Device
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Batch, Trainer
from lls_hw.golden.compare import weights_digest
from lls_hw.golden.verify import Verifier
from lls_hw.network.file import load_network
from lls_hw.network.network import Conv, Dense, Network, Training
from lls_hw.program.compiler import compile_network

__all__ = ["Outcome", "Recorded", "compiled_cycles", "golden_weights", "recorded", "train_on"]

_STEPS = 6
_FIRST_STEP = 1000
_DATA_SEED = 2026
_WEIGHT_SEED = 5


_TINYCONV = Network(
    "tinyconv",
    (1, 28, 28),
    (
        Conv(outputs=16, cells=4, pool=True),
        Conv(outputs=32, cells=2, pool=True),
        Conv(outputs=32, cells=4, average=True, average_shift=0),
        Dense(10),
    ),
)
_SMALLCONV = Network(
    "smallconv",
    (1, 28, 28),
    (
        Conv(outputs=32, cells=4, pool=True),
        Conv(outputs=64, cells=2, pool=True),
        Conv(outputs=128, cells=2, average=True, average_shift=0),
        Dense(512),
        Dense(10),
    ),
    Training(classifier_lr_shift=1),
)
"""The networks of these names without normalisation and steps of a channel."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One recorded network: where it begins and what it is trained with."""

    preset: str
    network: Network
    batch: int
    state: TrainingState
    batches: list[Batch]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What training made of it."""

    weights: str
    """SHA-256 of the final weights."""
    train_cycles: int
    infer_cycles: int


def recorded(preset: str) -> Recorded:
    """The recorded network of a preset, with seeded weights and data."""
    network, batch = _network(preset)
    rng = np.random.default_rng(_DATA_SEED)
    state = initial_state(network, batch, _WEIGHT_SEED, step=_FIRST_STEP)
    batches = [
        (
            rng.integers(0, 128, (batch, network.inputs), np.int8),
            rng.integers(0, network.classes, batch).astype(np.uint8),
        )
        for _ in range(_STEPS)
    ]
    return Recorded(preset=preset, network=network, batch=batch, state=state, batches=batches)


def _network(preset: str) -> tuple[Network, int]:
    """Network and batch size of a preset."""
    if preset == "nano":
        return load_network("digits"), 8
    if preset in ("tiny", "tiny-sdram"):
        blocks = (
            Conv(outputs=8, cells=4, pool=True),
            Conv(outputs=8, cells=2, stride=2, average=True),
            Dense(12),
        )
        return Network("recorded", (1, 12, 12), (*blocks, Dense(10))), 4
    if preset in ("small", "sdram"):
        return _TINYCONV, 4
    if preset == "large":
        return _TINYCONV, 2
    if preset == "lab":
        return _SMALLCONV, 2
    if preset == "variants":
        modulated = (
            Conv(outputs=12, cells=2, pool=True, modulation="vector"),
            Conv(outputs=16, cells=2, average=True, modulation="matrix"),
            Dense(24, temperature_shift=1),
        )
        return Network("recorded", (1, 14, 14), (*modulated, Dense(10)), basis="cosine"), 8
    if preset == "momentum":
        layers = (Conv(outputs=12, cells=2, pool=True), Dense(32), Dense(10))
        return Network("recorded", (1, 14, 14), layers, Training(momentum_shift=3)), 8
    raise ValueError(f"No network is recorded for preset {preset!r}.")


def golden_weights(case: Recorded) -> str:
    """SHA-256 of the weights that the golden model ends with."""
    model = Verifier(case.network, case.batch, case.state).model
    for inputs, labels in case.batches:
        model.train_step(torch.from_numpy(inputs), torch.from_numpy(labels))
    return weights_digest([weights.numpy() for weights in model.weights])


def compiled_cycles(case: Recorded) -> tuple[int, int]:
    """Cycles of a training step and of an inference run, as compiled."""
    program = compile_network(case.network, PRESETS[case.preset], case.batch)
    return program.train_cycles, program.infer_cycles


def train_on(case: Recorded, device: Device) -> Outcome:
    """Trains on a board; weights and cycles as the board says."""
    trainer = Trainer(device, case.network, case.batch)
    trainer.load(case.state)
    for _ in trainer.train(case.batches):
        pass
    train_cycles = trainer.counters().cycles
    weights = weights_digest(trainer.save().weights)
    for _ in trainer.infer(*case.batches[0]):
        pass
    infer_cycles = trainer.counters().cycles
    return Outcome(weights=weights, train_cycles=train_cycles, infer_cycles=infer_cycles)
