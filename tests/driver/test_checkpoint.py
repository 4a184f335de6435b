"""Checkpoints: round trip, damage, and what stays intact."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from lls_hw.driver.checkpoint import (
    CheckpointError,
    TrainingState,
    load_checkpoint,
    save_checkpoint,
)

STATE = TrainingState(
    [np.arange(-6, 6, dtype=np.int16).reshape(4, 3), np.full((3, 2), -32767, np.int16)],
    [14, 0],
    2**32 - 1,
    {"seed": 3, "network": "mlp"},
)


def test_round_trip(tmp_path):
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, STATE)
    again = load_checkpoint(path)
    assert all((a == b).all() for a, b in zip(again.weights, STATE.weights, strict=True))
    assert [w.dtype for w in again.weights] == [np.int16, np.int16]
    assert (again.shifts, again.step, again.meta) == (STATE.shifts, STATE.step, STATE.meta)
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_modulations_come_back(tmp_path):
    """Also beside a layer that has none; a state without any has no list."""
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, STATE)
    assert load_checkpoint(path).modulations == []
    modulations = [np.arange(9, dtype=np.int16).reshape(3, 3), np.zeros(0, np.int16)]
    save_checkpoint(path, replace(STATE, modulations=modulations))
    again = load_checkpoint(path)
    assert len(again.weights) == 2
    assert [m.shape for m in again.modulations] == [(3, 3), (0,)]
    assert (again.modulations[0] == modulations[0]).all()


def test_velocities_come_back(tmp_path):
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, STATE)
    assert load_checkpoint(path).velocities == []
    velocities = [np.full(w.shape, 7 - 2**31 + k, np.int32) for k, w in enumerate(STATE.weights)]
    save_checkpoint(path, replace(STATE, velocities=velocities))
    again = load_checkpoint(path).velocities
    assert all(a.dtype == np.int32 for a in again)
    assert all((a == b).all() for a, b in zip(again, velocities, strict=True))


def test_channel_states_come_back(tmp_path):
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, STATE)
    assert load_checkpoint(path).channels == []
    channels = [np.arange(15, dtype=np.int32).reshape(3, 5), np.full((2, 5), -(2**20), np.int32)]
    save_checkpoint(path, replace(STATE, channels=channels))
    again = load_checkpoint(path)
    assert len(again.weights) == 2 and again.velocities == []
    assert all(a.dtype == np.int32 for a in again.channels)
    assert all((a == b).all() for a, b in zip(again.channels, channels, strict=True))


def test_damage_is_reported(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(path)
    save_checkpoint(path, STATE)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(path)
    save_file({"a": np.zeros(1)}, path)
    with pytest.raises(CheckpointError, match="not a checkpoint of this version"):
        load_checkpoint(path)


def test_failed_write_keeps_the_old_file(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be written"):
        save_checkpoint(tmp_path / "nowhere" / "a.safetensors", STATE)
