"""``python -m lls_hw.train`` with the golden model as its device, and with data of one's own."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import lls_hw.session.board
from lls_hw.driver.checkpoint import load_checkpoint
from lls_hw.train import main
from tests.report.pages import Page

NETWORK = """
input = [1, 6, 5]
layers = [{ outputs = 20 }, { outputs = 3 }]
[training]
batch = 4
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a network, data and pictures for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.toml").write_text(NETWORK)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    images = rng.integers(0, 100, (60, 6, 5))
    for label in range(3):
        images[labels == label, 2 * label : 2 * label + 2] += 150
    names = np.array(["bottom", "middle", "top"])
    np.savez("rows.npz", images=images.astype(np.uint8), labels=names[labels])
    return tmp_path


BASE = ["--network", "rows.toml", "--data", "rows.npz", "--epochs", "4"]


def test_golden_and_simulated_board_train_the_same(files, capsys):
    """Of one run the golden model does the second half."""
    for device, name in (("sim:tiny", "one"), ("golden:tiny", "other")):
        options = ["--device", device, "--checkpoint", name, "--json", f"{name}.json"]
        assert main([*BASE, *options, "--plot", f"{name}.svg"]) == 0
    output = capsys.readouterr().out
    assert "golden:tiny (golden model)" in output and "sim:tiny (simulated board)" in output
    one, other = load_checkpoint("one"), load_checkpoint("other")
    assert one.meta == other.meta and one.meta["class_names"] == ["bottom", "middle", "top"]
    assert all((a == b).all() for a, b in zip(one.weights, other.weights, strict=True))
    board, model = (json.loads((files / f"{name}.json").read_text()) for name in ("one", "other"))
    assert board["cycles"]["cycles"] == model["cycles"]["predicted_cycles"]
    assert (board["simulated"], model["simulated"]) == (True, False)
    assert (model["link"], model["rows"]) == (None, 4)
    for left, right in zip(board["epochs"], model["epochs"], strict=True):
        assert left["test_accuracy"] == right["test_accuracy"]
        assert left["train_loss"] == right["train_loss"]
    assert board["epochs"][-1]["test_accuracy"] > 0.8
    assert main([*BASE, "--device", "golden", "--checkpoint", "part", "--epochs", "2"]) == 0
    assert main([*BASE, "--device", "sim:tiny", "--checkpoint", "part", "--resume"]) == 0
    parts = load_checkpoint("part").weights
    assert all((a == b).all() for a, b in zip(one.weights, parts, strict=True))


def test_any_size_without_an_engine(files, capsys):
    """tinyconv fits no small preset; nothing is compiled, and no cycles are known."""
    rng = np.random.default_rng(0)
    np.savez("big.npz", x=rng.integers(0, 256, (40, 28, 28)), y=np.arange(40) % 10)
    options = ["--device", "golden", "--network", "tinyconv", "--data", "big.npz"]
    assert main([*options, "--json", "big.json"]) == 0
    assert "cycles" not in capsys.readouterr().out
    found = json.loads((files / "big.json").read_text())
    assert found["cycles"] is None and found["images"] == 30


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "none.npz"], "none.npz does not exist; check the name"),
        (["--data", "rows.pkl"], "There is no data set 'rows.pkl'"),
        (["--data", "."], "has no folders; it must have one folder of images for each class"),
        (["--network", "digits"], "must be 1 x 8 x 8, as"),
        (["--data", "four.npz"], "four.npz has 30 values per image (1 x 6 x 5) and 4 classes"),
        (["--data", "float.npz"], "floats from 0 to 255; give floats from 0 to 1"),
        (["--batch", "400"], "400"),
        (["--limit", "3"], "There are 3 training images, fewer than one batch of 4"),
        (["--resume", "--checkpoint", "none"], "none cannot be read"),
        (["--network", "wide.toml"], "Network 'wide' with batch 4 does not fit: it needs"),
    ],
)
def test_wrong_input_is_found_first(files, options, message, capsys, monkeypatch):
    """One sentence each, with a simulated board that must not be started."""
    np.savez("four.npz", x=np.full((40, 6, 5), 9), y=np.arange(40) % 4)
    np.savez("float.npz", x=np.linspace(0, 255, 1200).reshape(40, 6, 5), y=np.arange(40) % 3)
    (files / "wide.toml").write_text(NETWORK.replace("20", "2000"))

    def opened(url):
        raise AssertionError("The board was opened.")

    monkeypatch.setattr(lls_hw.session.board.Device, "open", opened)
    assert main([*BASE, "--device", "sim:tiny", *options]) == 1
    error = capsys.readouterr().err
    assert message in error and len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "golden:huge"], "There is no preset 'huge'"),
        (["--device", "golden@tpu"], "The golden model cannot compute on 'tpu'"),
        (["--device", "golden@cuda:77"], "because PyTorch finds"),
        (["--device", "golden", "--verify"], "the golden model, which the board golden already is"),
        (["--device", "golden", "--self-test"], "golden is the golden model, but this needs a"),
        (["--device", "golden:tiny", "--batch", "64"], "does not fit: it needs 64 of 32 (batch)"),
    ],
)
def test_golden_devices_that_do_not_exist(files, options, message, capsys):
    np.savez("rows.npz", x=np.tile(np.load("rows.npz")["images"], (3, 1, 1)), y=np.arange(180) % 3)
    base = [] if "--self-test" in options else BASE
    assert main([*base, *options]) == 1
    assert re.search(re.escape(message), capsys.readouterr().err)


def test_report_says_what_the_results_say(files, capsys):
    """`--report` beside `--json`; of a resumed run, the epochs of this call."""
    options = ["--device", "golden:tiny", "--checkpoint", "a.safetensors"]
    assert main([*BASE, *options, "--report", "run.html", "--json", "run.json"]) == 0
    results, page = json.loads((files / "run.json").read_text()), Page(Path("run.html").read_text())
    last, cycles = results["epochs"][-1], results["cycles"]
    assert f"test accuracy {last['test_accuracy']:.2%}" in page.text
    for epoch in results["epochs"]:
        assert (
            f"{epoch['epoch']} {epoch['train_accuracy']:.2%} {epoch['train_loss']:.4f}" in page.text
        )
    assert f"{cycles['cycles_per_sample']:,.0f} cycles a training sample (predicted" in page.text
    assert f"One training step of {cycles['predicted_cycles']:,} cycles" in page.text
    for phase in cycles["phases"]:
        row = f"{phase['layer'] + 1}, {phase['phase']} {phase['start']:,} {phase['cycles']:,}"
        assert row in page.text
    for name, version in results["versions"].items():
        assert f"{name} {version}" in page.text
    assert "0, bottom" in page.text and results["command"] in page.text
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)

    again = ["--resume", "--report", "again.html"]
    assert main([*BASE, *options, *again]) == 0
    text = Page(Path("again.html").read_text()).text
    assert "Nothing was trained here; the weights had 4 epochs behind them." in text
    assert f"test accuracy {last['test_accuracy']:.2%}" in text


def test_resumed_with_other_classes(files, capsys):
    """Numbers that mean something else are refused; data without names goes on with those known."""
    session = [*BASE, "--device", "golden", "--checkpoint", "run"]
    assert main([*session, "--epochs", "1"]) == 0
    arrays = dict(np.load("rows.npz"))
    names = ("bottom", "middle", "top")
    number = np.unique(arrays["labels"], return_inverse=True)[1]
    before = Path("run").read_bytes()
    for others, said in (
        (("bottom", "top", "middle"), "its class 1 is middle, that of the data top; use the same"),
        (("bottom", "middle"), "its class 2 is top, that of the data none;"),
    ):
        np.savez("rows.npz", images=arrays["images"], labels=number % len(others),
                 class_names=np.array(others))  # fmt: skip
        capsys.readouterr()
        assert main([*session, "--resume"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert f"The checkpoint run was made with other classes: {said}" in line
    assert Path("run").read_bytes() == before
    np.savez("rows.npz", images=arrays["images"], labels=number)
    assert main([*session, "--resume"]) == 0
    assert load_checkpoint(Path("run")).meta["class_names"] == list(names)
    np.savez("rows.npz", **arrays)
    assert main([*session, "--resume", "--epochs", "5"]) == 0
