"""Cosine basis, LLS-M, LLS-MxM and momentum on the simulated board: `tinyconv`."""

from dataclasses import replace

import numpy as np
import pytest

from lls_hw.driver.checkpoint import load_checkpoint, save_checkpoint
from lls_hw.driver.device import Device
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.golden.verify import Mismatch, Verifier
from lls_hw.network.file import load_network

TINYCONV = load_network("tinyconv")
BATCH = 2
VARIANTS = {
    "cosine": ("cosine", ("none", "none", "none")),
    "LLS-M": ("square", ("vector", "vector", "vector")),
    "LLS-MxM": ("square", ("matrix", "matrix", "matrix")),
    "all at once": ("cosine", ("matrix", "none", "vector")),
    "none": ("square", ("none", "none", "none")),
}


def variant(name):
    basis, kinds = VARIANTS[name]
    *blocks, classifier = TINYCONV.layers
    blocks = [replace(b, modulation=kind) for b, kind in zip(blocks, kinds, strict=True)]
    return replace(TINYCONV, basis=basis, layers=(*blocks, classifier))


def batches(seed, count):
    r = np.random.default_rng(seed)
    for _ in range(count):
        x = r.integers(0, 128, (BATCH, TINYCONV.inputs)).astype(np.int8)
        yield x, r.integers(0, 10, BATCH).astype(np.uint8)


@pytest.fixture(scope="module")
def board():
    """One board for all, so that each network finds what the one before has left."""
    with Device.open("sim:variants") as device:
        yield device


def train_over_a_checkpoint(board, network, path):
    """Two runs of two steps beside the golden model; the state at the end, equal to golden's."""
    trainer = Trainer(board, network, BATCH)
    state = initial_state(network, BATCH, 1)
    verifier = Verifier(network, BATCH, state)
    for part in range(2):
        trainer.load(state)
        steps = list(batches(part, 2))
        for (x, labels), result in zip(steps, trainer.train(steps), strict=True):
            verifier.step(x, labels, result)
        save_checkpoint(path, trainer.save())
        state = load_checkpoint(path)
        verifier.check_weights(state)
    assert trainer.counters().cycles == trainer.program.train_cycles
    return state


@pytest.mark.parametrize("name", VARIANTS)
def test_training_equals_the_golden_model(board, name, tmp_path):
    """Also over a checkpoint; the board's counter is the compiler's prediction."""
    network = variant(name)
    state = train_over_a_checkpoint(board, network, tmp_path / "state")
    kinds = [("none", "vector", "matrix")[m.ndim] if m.size else "none" for m in state.modulations]
    assert kinds == [layer.modulation for layer in network.layers][: len(kinds)]
    assert all(len(np.unique(m)) > 2 for m in state.modulations if m.size)


@pytest.fixture(scope="module")
def moving_board():
    with Device.open("sim:momentum") as device:
        yield device


@pytest.mark.parametrize("momentum_shift", [3, 0, 1])
def test_momentum_equals_the_golden_model(moving_board, momentum_shift, tmp_path):
    """Also over a checkpoint, and without momentum on a board that has it."""
    training = replace(TINYCONV.training, momentum_shift=momentum_shift)
    network = replace(TINYCONV, training=training)
    state = train_over_a_checkpoint(moving_board, network, tmp_path / "state")
    assert len(state.velocities) == (len(network.layers) if momentum_shift else 0)
    assert all(v.any() for v in state.velocities)


def test_a_wrong_velocity_is_noticed(moving_board):
    network = replace(TINYCONV, training=replace(TINYCONV.training, momentum_shift=2))
    state = initial_state(network, BATCH, 1)
    trainer, verifier = Trainer(moving_board, network, BATCH), Verifier(network, BATCH, state)
    trainer.load(state)
    saved = trainer.save()
    assert not any(v.any() for v in saved.velocities)
    saved.velocities[1] = saved.velocities[1].copy()
    saved.velocities[1][2, 3] = 9
    with pytest.raises(Mismatch, match=r"1 velocities of layer 1 .* at \[2, 3\]"):
        verifier.check_weights(saved)
    wrong = replace(saved, velocities=[v.T for v in saved.velocities])
    with pytest.raises(InputError, match=r"velocities of layer 0 have the shape"):
        trainer.load(wrong)


def test_a_wrong_modulation_is_noticed(board):
    network = variant("LLS-M")
    state = initial_state(network, BATCH, 1)
    trainer, verifier = Trainer(board, network, BATCH), Verifier(network, BATCH, state)
    trainer.load(state)
    saved = trainer.save()
    changed = [m.copy() for m in saved.modulations]
    changed[1][3] += 1
    saved = replace(saved, modulations=changed)
    with pytest.raises(Mismatch, match=r"1 entries of the modulation of layer 1 .* at \[3\]"):
        verifier.check_weights(saved)
    matrix = Trainer(board, variant("LLS-MxM"), BATCH)
    with pytest.raises(InputError, match=r"layer 0 have the shape \(10,\); .* \(10, 10\)"):
        matrix.load(saved)
