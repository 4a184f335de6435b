"""``python -m lls_hw.train`` on the simulated board, as a user runs it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import lls_hw.golden.model
from lls_hw.contract.config import preset
from lls_hw.contract.usb import link_name
from lls_hw.datasets.names import load_data
from lls_hw.driver.checkpoint import load_checkpoint
from lls_hw.network.file import load_network
from lls_hw.network.initial import initial_weights
from lls_hw.program.compiler import compile_network
from lls_hw.train import main
from tests.report.pages import Page

pytest.importorskip("sklearn")
DIGITS = load_network("digits")
BATCH = DIGITS.training.batch
SHORT = [
    "--device", "sim:tiny", "--network", "digits", "--data", "digits", "--limit", "96",
    "--test-limit", "40",
]  # fmt: skip


def test_verified_run(tmp_path, capsys):
    """Equal to the golden model; the board's counters are the compiler's prediction."""
    path, plot, report = (tmp_path / name for name in ("run.json", "run.svg", "run.html"))
    options = ["--epochs", "2", "--verify", "--json", str(path), "--plot", str(plot),
               "--report", str(report)]  # fmt: skip
    assert main([*SHORT, *options]) == 0
    results = json.loads(path.read_text())
    assert results["verified"] and results["simulated"]
    assert [epoch["epoch"] for epoch in results["epochs"]] == [1, 2]
    assert results["epochs"][1]["train_loss"] < results["epochs"][0]["train_loss"]
    cycles = results["cycles"]
    assert cycles["cycles"] == cycles["predicted_cycles"]
    plans = compile_network(DIGITS, preset("tiny"), BATCH).layers
    beats = BATCH * sum(plan.in_tiles * plan.out_tiles for plan in plans)
    assert cycles["forward_beats"] == cycles["gradient_beats"] == beats
    assert len(cycles["phases"]) == 9
    rates = results["rates"]
    assert (
        rates["limit"] == link_name(3_000_000) and rates["both"] == rates["line"] < rates["engine"]
    )
    assert plot.exists()
    page = Page(report.read_text()).text
    assert "On a simulated board (sim:tiny)" in page
    assert "compared with the golden model yes, equal" in page
    for name, value in results["link"].items():
        assert f"{name.replace('_', ' ')} {value:,}" in page
    for name in ("forward_beats", "gradient_beats", "local_cycles", "wait_cycles"):
        assert f" {cycles[name]:,}, {cycles[name] / cycles['cycles']:.1%}" in page
    output = capsys.readouterr().out
    assert "equal to the golden model's, bit for bit" in output
    assert "simulated board" in output and "training samples/s" in output


def test_resumed_training_equals_uninterrupted_training(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main([*SHORT, "--epochs", "2", "--checkpoint", str(whole)]) == 0
    assert main([*SHORT, "--epochs", "1", "--checkpoint", str(parts)]) == 0
    assert main([*SHORT, "--epochs", "2", "--checkpoint", str(parts), "--resume"]) == 0
    a, b = load_checkpoint(whole), load_checkpoint(parts)
    assert a.step == b.step == 2 * (96 // BATCH)
    assert a.shifts == b.shifts
    for left, right in zip(a.weights, b.weights, strict=True):
        assert (left == right).all()


def test_difference_names_layer_and_weight(monkeypatch, capsys):
    """A golden model that rounds differently is found out."""
    monkeypatch.setattr(
        lls_hw.golden.model, "noise", lambda step, layer, i, o: torch.zeros(i, o, dtype=torch.int64)
    )
    assert main([*SHORT, "--verify"]) == 1
    error = capsys.readouterr().err
    assert "weights of layer" in error and "the first at [" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--network", "mlp"], "does not fit: it needs 27328 of 2048"),
        (["--network", "nothing"], "There is no network 'nothing'"),
        (["--data", "mnist", "--data-dir", "nowhere"], "nowhere"),
        (["--device", "sim:huge"], "There is no preset 'huge'"),
        (["--device", "/dev/nothing"], "/dev/nothing"),
        (["--device", "socket://127.0.0.1:9"], "127.0.0.1:9"),
        (["--limit", "5"], "There are 5 training images, fewer than one batch of 8"),
        (["--resume"], "--resume needs --checkpoint"),
        (["--json", "nowhere/run.json"], "nowhere is not a folder"),
    ],
)
def test_bad_input_gets_one_sentence(options, message, capsys):
    assert main([*SHORT, *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err.replace("\n", " ")
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("seed", ["-1", "1.5", "one"])
def test_seeds_are_whole_numbers(seed, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*SHORT, f"--seed={seed}"])
    assert stop.value.code == 2
    assert f"'{seed}' is no seed; use a whole number from 0 on" in capsys.readouterr().err


def test_checkpoints_are_neither_lost_nor_mixed_up(tmp_path, capsys):
    path = tmp_path / "a"
    assert main([*SHORT, "--checkpoint", str(path)]) == 0
    content = path.read_bytes()
    assert main([*SHORT, "--checkpoint", str(path)]) == 1
    assert "already exists; add --resume" in capsys.readouterr().err
    assert main([*SHORT, "--checkpoint", str(path), "--resume", "--seed", "9"]) == 1
    assert "was made with seed 0, not 9" in capsys.readouterr().err
    assert path.read_bytes() == content


def test_training_goes_on_with_the_same_data_alone(tmp_path, capsys, monkeypatch):
    """By content: the file may have another name, but not another content."""
    monkeypatch.chdir(tmp_path)
    data = load_data("digits").first(96)
    images, labels = data.train_images, data.train_labels

    def write(name, images):
        np.savez(name, train_images=images, train_labels=labels, test_images=images[:32],
                 test_labels=labels[:32])  # fmt: skip

    write("own.npz", images)
    shutil.copy("own.npz", "same.npz")
    run = [*SHORT, "--device", "golden:tiny", "--checkpoint", "a"]
    assert main([*run, "--data", "own.npz"]) == 0
    assert main([*run, "--data", "same.npz", "--epochs", "2", "--resume"]) == 0
    content = Path("a").read_bytes()
    write("own.npz", 16 - images)
    assert main([*run, "--data", "own.npz", "--epochs", "3", "--resume"]) == 1
    assert "made with other images or labels than those of 'own.npz'" in capsys.readouterr().err
    assert Path("a").read_bytes() == content


@pytest.mark.parametrize(
    ("options", "useless"),
    [(["--store"], "--store"), (["--epochs", "3", "--json", "x"], "--epochs and --json")],
)
def test_a_self_test_takes_no_options_of_training(options, useless, capsys):
    assert main(["--device", "sim:tiny", "--self-test", *options]) == 1
    assert f"trains a network of its own; leave out {useless}." in capsys.readouterr().err


def test_weights_change(tmp_path):
    """Training does something: no layer keeps its first weights."""
    path = tmp_path / "a"
    assert main([*SHORT, "--checkpoint", str(path)]) == 0
    first = initial_weights(DIGITS, 0)
    for before, after in zip(first, load_checkpoint(path).weights, strict=True):
        assert np.mean(before != after) > 0.1
