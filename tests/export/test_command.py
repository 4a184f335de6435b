"""`python -m lls_hw.export`, and what it and `Model.export` refuse."""

import re
import sys

import pytest

import lls_hw
from lls_hw.driver.checkpoint import save_checkpoint
from lls_hw.driver.initial import initial_state
from lls_hw.export.__main__ import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A folder with the checkpoint `run.safetensors` of a small network."""
    monkeypatch.chdir(tmp_path)
    network = lls_hw.Network("rows", [1, 6, 5], [lls_hw.Dense(20), lls_hw.Dense(3)])
    model = lls_hw.Model(lls_hw.Board("golden"), network, seed=3)
    model.save("run.safetensors")
    return model


@pytest.mark.parametrize("suffix", ["safetensors", "onnx", "h"])
def test_command_and_method_write_the_same(run, suffix, tmp_path, capsys):
    if suffix == "onnx":
        pytest.importorskip("onnx")
    out = f"net.{suffix}"
    assert main(["--checkpoint", "run.safetensors", "--out", out]) == 0
    assert capsys.readouterr().out == f"rows is in {out}\n"
    run.export(f"other.{suffix}")
    one, other = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("net", "other"))
    assert sorted(one) == sorted(other)  # safetensors puts its metadata in any order
    assert one == other or suffix == "safetensors"


def test_named_network(tmp_path, monkeypatch):
    """Of a checkpoint that does not hold it."""
    monkeypatch.chdir(tmp_path)
    network = lls_hw.load_network("digits")
    save_checkpoint(tmp_path / "old.safetensors", initial_state(network, 8, 0))
    assert main(["--checkpoint", "old.safetensors", "--network", "digits", "--out", "a.h"]) == 0
    lls_hw.Model(lls_hw.Board("golden"), network).export("b.h")
    assert (tmp_path / "a.h").read_text() == (tmp_path / "b.h").read_text()


WRONG = [
    (["--out", "net.tflite"], "net.tflite has the suffix '.tflite'; .* one of .safetensors, .onnx"),
    (["--out", "net"], "net has the suffix ''; a network is exported as one of"),
    (["--out", "missing/net.h"], "missing is not a folder"),
    (["--out", "folder.h"], "folder.h is a folder; choose a file in it or another one"),
    (["--checkpoint", "nothing"], "The checkpoint nothing cannot be read"),
    (["--checkpoint", "text"], "The checkpoint text cannot be read"),
    (["--checkpoint", "old.safetensors"], "names its network, None, but does not hold it; give"),
    (["--checkpoint", "export.safetensors"], "is not a checkpoint of this version"),
    (["--network", "nothing"], "There is no network 'nothing'; give the name of a .toml file"),
    (["--network", "digits"], "was made with input .1, 6, 5., not .1, 8, 8."),
    (["--network", "own.toml"], r"was made with normalise False, not True"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_arguments(run, arguments, message, tmp_path, capsys):
    (tmp_path / "folder.h").mkdir()
    (tmp_path / "text").write_text("no checkpoint")
    (tmp_path / "own.toml").write_text(
        "input = [1, 6, 5]\nnormalise = true\nlayers = [{outputs = 20}, {outputs = 3}]\n"
    )
    save_checkpoint(tmp_path / "old.safetensors", initial_state(run.network, 16, 0))
    run.export("export.safetensors")
    before = sorted(tmp_path.iterdir())
    given = {"--checkpoint": "run.safetensors", "--out": "net.h"} | dict([arguments])
    assert main([word for pair in given.items() for word in pair]) == 1
    said = capsys.readouterr().err.strip()
    assert said.endswith(".") and "\n" not in said
    assert re.search(message, said), said
    assert sorted(tmp_path.iterdir()) == before


def test_missing_package_is_named(run, monkeypatch):
    """Before anything is computed."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(lls_hw.LlsError, match="needs the package onnx, .* run: pip install onnx"):
        run.export("net.onnx")


def test_a_full_disk_is_one_sentence(run, monkeypatch):
    def fail(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lls_hw.export.files.replace_file", fail)
    with pytest.raises(lls_hw.LlsError, match="net.h cannot be written .No space left on device"):
        run.export("net.h")
