"""``python -m lls_hw.paper.reproduce`` as a user runs it, on scikit-learn's digits."""

import json

import pytest
from safetensors import safe_open
from safetensors.torch import save

from lls_hw.paper import reproduce
from lls_hw.paper.cells import TABLES, cells_of, published_epochs
from lls_hw.paper.reproduce import main
from lls_hw.paper.results import load_results

pytest.importorskip("sklearn", reason="needs scikit-learn's digits: pip install '.[data]'")
SHORT = ["--data", "digits", "--model", "mlp-24", "--batch", "32", "--limit", "320"]


def figures(folder):
    """What a cell computed, without what depends on the machine."""
    return {
        result.title: [
            {k: v for k, v in epoch.items() if "seconds" not in k} for epoch in result.epochs
        ]
        for result in load_results(folder)
    }


def test_a_run_and_its_files(tmp_path, capsys):
    out = tmp_path / "out"
    rules = "lls-square,bp"
    assert main([*SHORT, "--rule", rules, "--epochs", "3", "--seeds", "2", "--out", str(out)]) == 0
    results = load_results(out)
    assert sorted((r.cell["rule"], r.cell["seed"]) for r in results) == [
        ("bp", 0), ("bp", 1), ("lls-square", 0), ("lls-square", 1),
    ]  # fmt: skip
    for result in results:
        assert [epoch["epoch"] for epoch in result.epochs] == [1, 2, 3]
        assert result.epochs[-1]["train_loss"] < result.epochs[0]["train_loss"]
        assert result.epochs[-1]["test_accuracy"] > 0.2
        assert result.about["train_images"] == 320 and result.about["test_images"] == 359
        assert result.about["versions"].keys() == {"lls-hw", "torch", "numpy", "schedulefree"}
    page = (out / "results.md").read_text()
    assert "**mlp-24, digits, first 320 images**" in page and "| LLS square | 2 |" in page
    for picture in ("curves-mlp-24-digits-first-320-images.png", "table.png"):
        assert (out / picture).stat().st_size > 5000
    assert "digits-mlp-24-lls-square-first320-seed1: 3 epochs" in capsys.readouterr().out


def test_resumed_training_equals_uninterrupted_training(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    command = [*SHORT, "--rule", "lls-mxm"]
    assert main([*command, "--epochs", "3", "--out", str(whole)]) == 0
    assert main([*command, "--epochs", "1", "--out", str(parts)]) == 0
    assert main([*command, "--epochs", "3", "--out", str(parts)]) == 0
    assert figures(whole) == figures(parts)


def test_an_interruption_between_two_files_loses_nothing(tmp_path):
    """The state holds the results; an older result file is brought up to date."""
    command = [*SHORT, "--rule", "lls-square", "--out", str(tmp_path)]
    assert main([*command, "--epochs", "1"]) == 0
    path = next(tmp_path.glob("*.json"))
    before = path.read_text()
    assert main([*command, "--epochs", "2"]) == 0
    path.write_text(before)
    assert main([*command, "--epochs", "3"]) == 0
    assert [epoch["epoch"] for epoch in load_results(tmp_path)[0].epochs] == [1, 2, 3]


def test_a_finished_cell_is_not_trained_again(tmp_path, monkeypatch):
    command = [*SHORT, "--rule", "bp", "--epochs", "1", "--out", str(tmp_path)]
    assert main(command) == 0
    monkeypatch.setattr("lls_hw.paper.training.Run", None)
    assert main(command) == 0


def test_other_settings_are_refused(tmp_path, capsys):
    command = [*SHORT, "--rule", "bp", "--out", str(tmp_path)]
    assert main([*command, "--epochs", "1"]) == 0
    assert main([*command, "--epochs", "1", "--learning-rate", "0.1"]) == 1
    assert "was made with learning_rate 0.005, not 0.1" in capsys.readouterr().err
    next(tmp_path.glob("*.safetensors")).unlink()
    assert main([*command, "--epochs", "2"]) == 1
    assert "has 1 epochs, but its state file" in capsys.readouterr().err


def test_report_only(tmp_path, capsys):
    assert main(["--report", "--out", str(tmp_path)]) == 1
    assert "no results" in capsys.readouterr().err
    assert main([*SHORT, "--rule", "bp", "--epochs", "1", "--out", str(tmp_path)]) == 0
    (tmp_path / "results.md").unlink()
    assert main(["--report", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "results.md").exists()


def test_a_diverged_run_is_said_and_stopped(tmp_path):
    command = [*SHORT, "--rule", "bp", "--out", str(tmp_path), "--learning-rate", "1e30"]
    assert main([*command, "--epochs", "3"]) == 0
    result = load_results(tmp_path)[0]
    assert len(result.epochs) == 1 and result.epochs[0]["train_loss"] is None
    json.loads(next(tmp_path.glob("*.json")).read_text(), parse_constant=pytest.fail)
    assert "| diverged |" in (tmp_path / "results.md").read_text()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--data", "digits"], "name all of --data, --model and --rule"),
        (["--table", "1", "--model", "lenet"], "no network 'lenet'"),
        (["--table", "1", "--rule", "lls"], "no rule 'lls'"),
        (["--table", "1", "--device", "tpu"], "must be cpu, cuda"),
        (["--table", "2", "--data", "letters"], "'letters'"),
        ([*SHORT, "--rule", "bp", "--limit", "1"], "1 training images"),
    ],
)
def test_bad_arguments(arguments, message, capsys, tmp_path):
    assert main([*arguments, "--out", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


def test_tables_of_the_paper():
    assert [len(cells_of(n, None, None, None, [0])) for n in TABLES] == [24, 9, 25]
    assert len(cells_of(1, ["mnist"], ["smallconv"], None, [0, 1, 2])) == 9
    assert published_epochs("mnist", "vgg8") == published_epochs("cifar10", "smallconv") == 100
    assert published_epochs("cifar10", "vgg8") == 300


def test_files_that_are_no_results(tmp_path, monkeypatch, capsys):
    """They are named before anything is trained, whatever they hold."""
    cell = {"data": "digits", "model": "mlp-24", "rule": "bp", "augment": True, "limit": None}
    epoch = {"test_accuracy": 0.5, "train_loss": 1.0, "cpu_seconds": 1.0}
    about = {"command": "it", "train_images": 320}
    whole = {"cell": cell, "epochs": [epoch], "about": about}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(whole))
    assert [result.title for result in load_results(tmp_path)] == ["digits mlp-24 bp"]
    monkeypatch.setattr(reproduce, "_run", lambda *_: pytest.fail("It was trained."))
    for wrong in (
        "", "{", "[]", "7", '{"cell": {}}', "[" * 100_000, "\xff",
        *(json.dumps(whole | changed) for changed in (
            {"cell": cell | {"rule": "magic"}}, {"cell": {"data": "digits"}}, {"about": {}},
            {"epochs": 3}, {"epochs": [{}]}, {"epochs": [epoch | {"test_accuracy": "high"}]},
            {"epochs": [epoch | {"train_loss": float("nan")}]}, {"about": about | {"command": 1}},
        )),
    ):  # fmt: skip
        path.write_bytes(wrong.encode("latin-1"))
        assert main([*SHORT, "--rule", "bp", "--out", str(tmp_path)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"{path} is no result of a cell or is damaged"), wrong
        assert path.read_bytes() == wrong.encode("latin-1")


def test_a_state_of_another_cell(tmp_path, capsys):
    command = [*SHORT, "--rule", "bp", "--out", str(tmp_path)]
    assert main([*command, "--epochs", "1"]) == 0
    (path,) = tmp_path.glob("*.safetensors")
    with safe_open(path, framework="pt") as file:
        tensors, notes = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    first = next(name for name in tensors if name.startswith("model."))
    del tensors[first]
    path.write_bytes(save(tensors, notes))
    assert main([*command, "--epochs", "2"]) == 1
    assert "is no state of this cell" in capsys.readouterr().err
