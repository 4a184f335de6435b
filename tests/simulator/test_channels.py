"""Normalisation and steps of channels on a simulated board, through the driver."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lls_hw.contract.channels import ChannelField
from lls_hw.contract.config import preset
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.compare import compare, random_case
from lls_hw.golden.verify import Mismatch, Verifier
from lls_hw.network.network import Conv, Dense, Network, Training
from lls_hw.simulator.device import simulated_device

CONFIG = replace(preset("tiny"), channel_depth=256)
MOST_CYCLES = 60_000
NETWORK = Network(
    "channels", (1, 12, 12),
    (Conv(outputs=8, cells=2, pool=True), Conv(outputs=6, cells=2, average=True), Dense(12),
     Dense(10)),
    Training(step="channel", classifier_lr_shift=1), normalise=True,
)  # fmt: skip
BATCH, STEPS = 4, 60


@pytest.fixture(scope="module")
def board():
    with simulated_device(CONFIG) as device:
        yield device


@pytest.mark.parametrize("seed", range(16))
def test_random_networks(board, seed):
    """Results, complete state, cycles and trace; eight of nine networks have channel states."""
    assert len(compare(random_case(seed, [CONFIG], MOST_CYCLES), board)) == 64


def images(rng, count):
    """Bright bars on a dark ground, whose place is the label; those of each class drift."""
    labels = rng.integers(0, 10, count).astype(np.uint8)
    x = rng.integers(0, 40, (count, 12, 12)).astype(np.int8)
    x[np.arange(count), labels + 1] += 80
    return x.reshape(count, -1), labels


def test_tens_of_steps(board):
    """Max pooling, averages and vectors, at falling rates; all statistics move."""
    rng = np.random.default_rng(0)
    trainer, state = Trainer(board, NETWORK, BATCH), initial_state(NETWORK, BATCH, 0)
    verifier = Verifier(NETWORK, BATCH, state)
    trainer.load(state)
    for first in range(0, STEPS, 20):
        for part in (trainer, verifier):
            part.set_learning_rate(6 + first // 20)
        batches = [images(rng, BATCH) for _ in range(20)]
        for batch, result in zip(batches, trainer.train(batches), strict=True):
            verifier.step(*batch, result)
        seen = trainer.save()
        verifier.check_weights(seen)
        assert trainer.counters().cycles == trainer.program.train_cycles
    moved = [after != before for after, before in zip(seen.channels, state.channels, strict=True)]
    for layer, changed in enumerate(moved):
        assert changed[:, ChannelField.POWER].all(), layer
    for layer, changed in enumerate(moved[:-1]):
        assert changed[:, [ChannelField.MEAN, ChannelField.DEVIATION]].all(), layer
    for field in (ChannelField.UNIT, ChannelField.SIZE):
        assert any(changed[:, field].any() for changed in moved), field.name
    x, labels = images(rng, 50)
    results = list(trainer.infer(x, labels))
    expected = verifier.model.infer(torch.from_numpy(x), torch.from_numpy(labels))
    for name in ("prediction", "probability"):
        found = np.concatenate([getattr(result, name) for result in results])
        assert found.tolist() == getattr(expected, name).tolist()
    verifier.check_weights(trainer.save())  # inference changes nothing


def test_a_difference_is_found(board, monkeypatch):
    """A unit that is not the one the golden model began with."""
    state = initial_state(NETWORK, BATCH, 0)
    channels = [states.copy() for states in state.channels]
    channels[1][2, ChannelField.UNIT] += 1
    trainer = Trainer(board, NETWORK, BATCH)
    trainer.load(replace(state, channels=channels))
    with pytest.raises(Mismatch, match="layer 1 differ, the first is UNIT of channel 2"):
        Verifier(NETWORK, BATCH, state).check_weights(trainer.save())
