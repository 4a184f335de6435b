"""``python -m lls_hw.train`` with images in the board's SDRAM: interrupted, resumed, refused."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lls_hw.driver.checkpoint import load_checkpoint
from lls_hw.train import main
from tests.engine_file import address_of
from tests.golden.test_outside import CONFIG

pytest.importorskip("sklearn")
NETWORK = """
normalise = true
input = [1, 8, 8]
layers = [{ kernel = 3, outputs = 8, cells = 2, pool = true }, { outputs = 12 }, { outputs = 10 }]
[training]
batch = 8
step = "channel"
lr_shifts = [7, 8]
schedule = "epochs"
"""
IMAGES, TESTED = 96, 21
STEPS = IMAGES // 8


@pytest.fixture
def short(tmp_path):
    """Options of a short session, without its board."""
    path = tmp_path / "stored.toml"
    path.write_text(NETWORK)
    return [
        "--network", str(path), "--data", "digits",
        "--limit", str(IMAGES), "--test-limit", str(TESTED),
    ]  # fmt: skip


@pytest.fixture
def board(tmp_path):
    """The address of a simulated board with an SDRAM."""
    return address_of(CONFIG, tmp_path)


def assert_equal(one, other):
    assert (one.shifts, one.step, one.meta) == (other.shifts, other.step, other.meta)
    for name in ("weights", "channels"):
        for a, b in zip(getattr(one, name), getattr(other, name), strict=True):
            np.testing.assert_array_equal(a, b, name)


@pytest.mark.parametrize(
    ("before", "after"),
    [("--store", "--store"), ("--store", "--no-store"), ("--no-store", "--store")],
)
def test_a_killed_session_goes_on(short, board, tmp_path, before, after):
    """Wherever the images were when it was killed, in the midst of an epoch, and are afterwards.

    The weights are those of the golden model, which trains the same epochs without a break.
    """
    path, whole = tmp_path / "killed", tmp_path / "whole"
    session = [*short, "--device", board, "--checkpoint", str(path)]
    command = [sys.executable, "-m", "lls_hw.train", *session, before, "--epochs", "1000"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 600  # the board may have to be compiled
        while not path.exists() or load_checkpoint(path).step < 2 * STEPS:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    epochs = load_checkpoint(path).step // STEPS + 2
    assert main([*session, after, "--resume", "--epochs", str(epochs)]) == 0
    straight = ["--device", "golden", "--epochs", str(epochs), "--checkpoint", str(whole)]
    assert main([*short, *straight]) == 0
    assert load_checkpoint(path).step == epochs * STEPS
    assert_equal(load_checkpoint(whole), load_checkpoint(path))


def test_results_say_what_was_stored(short, board, tmp_path, capsys):
    """Stored by default from two epochs on; accuracies are those of images that are sent."""
    found = {}
    for name, options in (
        ("default", ["--epochs", "2"]),
        ("asked", ["--epochs", "2", "--store"]),
        ("refused", ["--epochs", "2", "--no-store"]),
        ("one epoch", ["--epochs", "1"]),
    ):
        path = tmp_path / f"{name}.json"
        assert main([*short, "--device", board, *options, "--json", str(path)]) == 0
        found[name] = json.loads(path.read_text())
        out = capsys.readouterr().out
        said = "all 96 training images are stored on the board" in out
        assert said == (name in ("default", "asked"))
        assert ("96 of 96" in out) == said
        assert found[name]["stored_images"] == (IMAGES if said else 0)
    for stored, sent in zip(found["default"]["epochs"], found["refused"]["epochs"], strict=True):
        for name in ("train_accuracy", "test_accuracy"):
            assert stored[name] == sent[name]
        assert stored["link_bytes_per_sample"] < sent["link_bytes_per_sample"] / 4


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("sim:small", "has no external memory to store images in"),
        ("golden", "is the golden model, which takes images where they are"),
        ("golden:sdram", "is the golden model, which takes images where they are"),
    ],
)
def test_boards_that_store_nothing_are_refused_at_once(short, monkeypatch, capsys, device, said):
    """Before a board is opened, or data are read."""
    monkeypatch.setattr("lls_hw.train.Board", None)
    monkeypatch.setattr("lls_hw.train.load_data", None)
    assert main([*short, "--device", device, "--store"]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert f"The board {device} {said}" in error
    assert "(--store)" in error
