"""``python -m lls_hw.train`` with normalisation and steps of channels, interrupted and resumed.

On the board that other tests compile as well, which has momentum besides.
"""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from lls_hw.contract.channels import ChannelField
from lls_hw.driver.checkpoint import load_checkpoint, save_checkpoint
from lls_hw.train import main

pytest.importorskip("sklearn")
NETWORK = """
normalise = true
input = [1, 8, 8]
layers = [
    { kernel = 3, outputs = 8, cells = 2, pool = true },
    { kernel = 3, outputs = 6, cells = 2, average = true },
    { outputs = 12 },
    { outputs = 10 },
]
[training]
batch = 8
step = "channel"
momentum_shift = 1
lr_shifts = [7, 8]
schedule = "epochs"
"""
IMAGES = 96
STEPS = IMAGES // 8


@pytest.fixture
def short(tmp_path):
    """Options of a short session."""
    path = tmp_path / "channels.toml"
    path.write_text(NETWORK)
    return [
        "--device", "sim:momentum", "--network", str(path), "--data", "digits",
        "--limit", str(IMAGES), "--test-limit", "16",
    ]  # fmt: skip


def assert_equal(one, other):
    assert (one.shifts, one.step, one.meta) == (other.shifts, other.step, other.meta)
    for name in ("weights", "velocities", "channels"):
        pairs = zip(getattr(one, name), getattr(other, name), strict=True)
        assert all((a == b).all() for a, b in pairs), name


def test_resumed_training_equals_uninterrupted_training(short, tmp_path):
    """Both beside the golden model, which starts from the checkpoint as the board does."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main([*short, "--verify", "--epochs", "2", "--checkpoint", str(whole)]) == 0
    assert main([*short, "--verify", "--epochs", "1", "--checkpoint", str(parts)]) == 0
    first = load_checkpoint(parts)
    again = ["--epochs", "2", "--checkpoint", str(parts), "--resume"]
    assert main([*short, "--verify", *again]) == 0
    a, b = load_checkpoint(whole), load_checkpoint(parts)
    assert a.step == 2 * STEPS and first.step == STEPS
    assert_equal(a, b)
    for layer, (before, after) in enumerate(zip(first.channels, b.channels, strict=True)):
        assert (before != after).any(axis=0)[ChannelField.POWER], layer
    assert a.meta["normalise"] is True and a.meta["step"] == "channel"


def test_a_killed_session_goes_on_from_its_checkpoint(short, tmp_path):
    """Killed in the midst of an epoch, without a chance to save anything."""
    path, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-m", "lls_hw.train", *short, "--epochs", "1000"]
    with subprocess.Popen(
        [*command, "--checkpoint", str(path)], stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 300  # the board may have to be compiled
        while not path.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    epochs = load_checkpoint(path).step // STEPS + 1
    again = ["--epochs", str(epochs), "--checkpoint", str(path), "--resume", "--verify"]
    assert main([*short, *again]) == 0
    assert main([*short, "--epochs", str(epochs), "--checkpoint", str(whole)]) == 0
    assert_equal(load_checkpoint(whole), load_checkpoint(path))


@pytest.fixture
def checkpoint(short, tmp_path):
    """A session's options and its checkpoint."""
    path = tmp_path / "state"
    assert main([*short, "--checkpoint", str(path)]) == 0
    return [*short, "--checkpoint", str(path), "--resume", "--epochs", "2"], path


def refused(options, capsys):
    """The one sentence that says why."""
    capsys.readouterr()
    assert main(options) == 1
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return " ".join(captured.err.split())


def test_checkpoints_that_are_no_state_are_refused(checkpoint, capsys):
    options, path = checkpoint
    state = load_checkpoint(path)
    save_checkpoint(path, replace(state, channels=[]))
    assert "has no channel states, but network 'channels' has norm" in refused(options, capsys)
    save_checkpoint(path, replace(state, channels=[c[:-1] for c in state.channels]))
    assert "channel states of layer 0 have the shape (7, 6)" in refused(options, capsys)
    wrong = [c.copy() for c in state.channels]
    wrong[2][5, ChannelField.SIZE] = 33
    save_checkpoint(path, replace(state, channels=wrong))
    assert "size of channel 5 of layer 2 is 33; it must lie in 0..32" in refused(options, capsys)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("normalise = true", "was made with normalise True, not False"),
        ('step = "channel"', "was made with step 'channel', not 'layer'"),
    ],
)
def test_checkpoints_of_other_settings_are_refused(checkpoint, capsys, tmp_path, line, message):
    options, _ = checkpoint
    (tmp_path / "channels.toml").write_text(NETWORK.replace(line, ""))
    assert message in refused(options, capsys)


def test_a_schedule_over_the_run_is_not_that_of_another_run(short, capsys, tmp_path):
    """Its rates depend on the number of epochs: resumed, it would train something else."""
    path = tmp_path / "state"
    (tmp_path / "channels.toml").write_text(NETWORK.replace('"epochs"', '"run"'))
    options = [*short, "--checkpoint", str(path)]
    assert main([*options, "--epochs", "1"]) == 0
    message = refused([*options, "--resume", "--epochs", "2"], capsys)
    assert "was made with schedule 'run of 1 epochs', not 'run of 2 epochs'" in message
    assert main([*options, "--resume", "--epochs", "1"]) == 0


@pytest.mark.parametrize("settings", [{}, {"normalise": True}, {"step": "channel"}])
def test_old_checkpoints(checkpoint, capsys, tmp_path, settings):
    """They record neither setting: their networks had none, and only such networks take them."""
    options, path = checkpoint
    state = load_checkpoint(path)
    unrecorded = ("normalise", "step", "definition")
    meta = {k: v for k, v in state.meta.items() if k not in unrecorded}
    save_checkpoint(path, replace(state, meta=meta, channels=[]))
    if settings:
        text = NETWORK if "step" in settings else NETWORK.replace('step = "channel"', "")
        text = text if "normalise" in settings else text.replace("normalise = true", "")
        (tmp_path / "channels.toml").write_text(text)
        (name,) = settings
        was, now = {"normalise": (False, True), "step": ("layer", "channel")}[name]
        assert f"was made with {name} {was!r}, not {now!r}" in refused(options, capsys)
        return
    plain = NETWORK.replace("normalise = true", "").replace('step = "channel"', "")
    (tmp_path / "channels.toml").write_text(plain)
    assert main([*options, "--verify"]) == 0
    after = load_checkpoint(path)
    assert after.step == 2 * STEPS and after.channels == []
    assert (after.meta["normalise"], after.meta["step"]) == (False, "layer")
    assert np.mean(after.weights[0] != state.weights[0]) > 0.1
