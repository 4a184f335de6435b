"""Checkpoints: round trip, damage, and what stays intact."""

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
