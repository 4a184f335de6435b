"""``python -m lls_hw.adapt`` on the simulated board, as a user runs it."""

import json

import numpy as np
import pytest

from lls_hw.adapt import __main__ as adapting
from lls_hw.adapt.__main__ import default_epochs, main
from lls_hw.adapt.distributions import HELD_OUT, distributions
from lls_hw.datasets.names import load_data
from lls_hw.network.file import load_network

pytest.importorskip("sklearn")
NETWORK = """
input = [1, 8, 8]
layers = [
    { kernel = 3, outputs = 8, cells = 2, pool = true },
    { kernel = 3, outputs = 16, cells = 2, average = true },
    { outputs = 10 },
]
[training]
batch = 8
classifier_lr_shift = -2
"""


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(NETWORK)
    return str(path)


def test_adaptation_gains(network, tmp_path, capsys):
    """Digits turned by 60 degrees: the board learns what the pretrained network cannot read."""
    pytest.importorskip("matplotlib")
    report, plot = tmp_path / "run.json", tmp_path / "run.svg"
    options = ["--device", "sim:tiny", "--network", network, "--epochs", "8", "--verify"]
    assert main([*options, "--json", str(report), "--plot", str(plot)]) == 0
    results = json.loads(report.read_text())
    assert results["verified"] and results["data"] == "digits" and results["shift"] == "rotated"
    first, last = results["curve"][0], results["curve"][-1]
    assert first["original"] > 0.7, "pretraining"
    assert results["after"] > results["before"] + 0.1
    assert last["shifted"] > first["shifted"] + 0.1
    assert [point["images"] for point in results["curve"]] == [0, 320, 480, 640, 800]
    assert len(results["from_scratch"]) == 5
    assert results["cycles_on_board"] > 100_000
    assert plot.exists()
    assert "equal to the golden model's, bit for bit" in capsys.readouterr().out


def test_board_and_golden_model_agree_on_accuracy(network, tmp_path):
    """All test images on the board: the same accuracy as the curve's ends."""
    report = tmp_path / "run.json"
    options = ["--device", "sim:tiny", "--network", network, "--epochs", "1", "--images", "40"]
    assert main([*options, "--test-limit", "1000", "--json", str(report)]) == 0
    results = json.loads(report.read_text())
    assert results["tested_on_board"] == 359
    assert results["before"] == results["curve"][0]["shifted"]
    assert results["after"] == results["curve"][-1]["shifted"]


def test_a_normalised_network(tmp_path):
    """Pretrained with channel states, it starts on the board where it was, and adapts."""
    path, report = tmp_path / "normalised.toml", tmp_path / "run.json"
    options = 'step = "channel"\nlr_shifts = [7]\n'
    path.write_text("normalise = true" + NETWORK.replace("classifier_lr_shift = -2\n", options))
    options = ["--device", "sim:momentum", "--network", str(path), "--epochs", "3", "--verify"]
    options += ["--images", "320", "--test-limit", "1000"]
    assert main([*options, "--json", str(report)]) == 0
    results = json.loads(report.read_text())
    first, last = results["curve"][0], results["curve"][-1]
    assert results["verified"] and first["original"] > 0.8
    assert results["before"] == first["shifted"] and results["after"] == last["shifted"]
    assert last["shifted"] > first["shifted"] + 0.1
    assert len(results["from_scratch"]) == 5


@pytest.mark.parametrize(
    ("images", "epochs"), [(60_000, 2), (15_000, 2), (1438, 20), (3, 10_000), (40_000, 2)]
)
def test_fewer_pretraining_images_take_less_time(images, epochs):
    """The epochs depend on the data set alone, and not on --pretrain."""
    assert default_epochs(images) == epochs


def test_progress_without_a_terminal(network, tmp_path, monkeypatch, capsys):
    """Each part says how far it is, pretraining with the fewest images too."""
    monkeypatch.setattr("lls_hw.session.progress.INTERVAL", 0.0)
    report = tmp_path / "run.json"
    options = ["--device", "sim:tiny", "--network", network, "--images", "40", "--epochs", "1"]
    options += ["--pretrain", "16", "--test-limit", "16", "--json", str(report)]
    assert main(options) == 0
    lines = capsys.readouterr().out.splitlines()
    for part in ("pretrain: 2/2", "before: 2/2", "adapt: 5/5", "after: 2/2", "scratch: 5/5"):
        assert [line for line in lines if line.startswith(part)]
    results = json.loads(report.read_text())
    assert (results["pretrained_on"], results["epochs"]) == (16, 1)


def test_the_board_is_tried_before_pretraining(network, tmp_path, monkeypatch, capsys):
    def trained(*_):
        raise AssertionError("Pretraining has begun.")

    monkeypatch.setattr(adapting, "pretrained", trained)
    assert main(["--device", "socket://127.0.0.1:1", "--network", network]) == 1
    assert "Nothing answers at socket://127.0.0.1:1" in capsys.readouterr().err
    path = tmp_path / "large.toml"
    path.write_text(NETWORK.replace("outputs = 16", "outputs = 400"))
    assert main(["--device", "sim:tiny", "--network", str(path)]) == 1
    assert "does not fit" in capsys.readouterr().err


def test_held_out_classes():
    data = load_data("digits")
    parts = distributions(load_network("tinyconv"), data, HELD_OUT, 10_000, 1000, 0)
    assert set(parts.before[1]) == set(parts.test_before[1]) == set(range(8))
    assert set(parts.after[1]) == set(parts.test_after[1]) == set(range(10))
    assert len(parts.after[0]) == 479 and len(parts.test_after[0]) == 359


def test_distributions_share_no_image():
    data = load_data("digits")
    network = load_network("tinyconv")
    parts = distributions(network, data, "inverted", 500, 300, 0)
    assert parts.before[0].shape == (500, 784) and parts.after[0].shape == (300, 784)
    assert (parts.before[1] == data.train_labels[:500]).all()
    assert (parts.after[1] == data.train_labels[500:800]).all()
    images = (parts.test_before[0], parts.test_after[0])
    before, after = (inputs.astype(int) + network.offset for inputs in images)
    assert (np.abs(127 - before - after) <= 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--network", "nothing"], "There is no network 'nothing'"),
        (["--network", "tinyconv32"], "The images are 1 x 8 x 8, but network 'tinyconv32' takes"),
        (["--data", "mnist", "--data-dir", "nowhere"], "nowhere"),
        (
            ["--images", "30", "--epochs", "1"],
            "which makes 3 batches of 8; give at least 40",
        ),
        (["--device", "sim:huge", "--epochs", "1"], "There is no preset 'huge'"),
        (["--json", "nowhere/run.json"], "nowhere is not a folder"),
        (["--plot", "run.foo"], "run.foo names no kind of picture"),
    ],
)
def test_bad_input_gets_one_sentence(network, options, message, capsys):
    assert main(["--device", "sim:tiny", "--network", network, *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err.replace("\n", " ")
    assert "Traceback" not in captured.err
