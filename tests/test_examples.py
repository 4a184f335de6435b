"""The scripts and the notebook of examples/ run on small data."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lls_hw
from lls_hw.contract.config import preset
from lls_hw.errors import LlsError
from lls_hw.program.compiler import compile_network
from lls_hw.tools.verilate import environment

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "examples" / "tutorial.toml"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The digits as somebody's own file of 28 x 28 pixels, with names as labels."""
    pytest.importorskip("sklearn")
    digits = lls_hw.load_data("digits")
    images = np.concatenate([digits.train_images, digits.test_images])[:1200, 0]
    labels = np.concatenate([digits.train_labels, digits.test_labels])[:1200]
    large = np.kron(images, np.ones((3, 3), np.uint8))
    path = tmp_path_factory.mktemp("own") / "own.npz"
    names = np.array([f"digit {k}" for k in range(10)])
    np.savez(path, images=np.pad(large, ((0, 0), (2, 2), (2, 2))), labels=names[labels])
    return path


def needs(board):
    """Skips a test whose board cannot be compiled here."""
    if board.startswith("sim"):
        try:
            environment()
        except LlsError as error:
            pytest.skip(str(error))


def started(example, *arguments, folder=None, **variables):
    """An example that has run in that folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    command = [sys.executable, ROOT / "examples" / example, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)


def run(example, *arguments, folder=None):
    """Standard output of an example that succeeds."""
    done = started(example, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("first_light.py --board sim:huge", "There is no preset 'huge'; the presets are nano"),
        ("first_light.py --board golden --epochs 0", "epochs is 0; train for a whole number"),
        ("first_light.py --board socket://here", "socket://here names no valid port"),
        ("pytorch.py --epochs 0 --board /dev/nothing", "/dev/nothing cannot be opened"),
        ("tutorial.py sim:huge", "There is no preset 'huge'"),
        ("tutorial.py golden:tiny", "Network 'tutorial' with batch 8 does not fit"),
        ("own_data.py none.npz", "none.npz does not exist; check the name"),
        ("own_data.py own.npz --folder none", "none is not a folder"),
    ],
)
def test_what_goes_wrong_is_one_sentence(tmp_path, words, said):
    for package in ("sklearn", "onnxruntime"):
        pytest.importorskip(package)
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc)")
    done = started(*words.split(), folder=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert said in line


@pytest.mark.parametrize("example", ["first_light.py", "own_data.py", "pytorch.py", "tutorial.py"])
def test_without_a_compiler(tmp_path, example):
    """No traceback, whatever of it is missing: the last line says what to do."""
    for package in ("sklearn", "onnxruntime"):
        pytest.importorskip(package)
    words = {"own_data.py": ["own.npz"], "pytorch.py": ["--epochs", "0"]}.get(example, [])
    cache = str(tmp_path / "cache")
    done = started(example, *words, folder=tmp_path, PATH=str(tmp_path), XDG_CACHE_HOME=cache)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    said = "There is no C compiler called cc; install gcc." if words[:1] == ["own.npz"] else "inst"
    assert said in done.stderr.splitlines()[0]


@pytest.mark.parametrize("board", ["golden:small", "sim"])
def test_own_data(own, board, tmp_path):
    """Training on golden, then on a board, then ONNX and C that agree on 1,000 images."""
    pytest.importorskip("onnxruntime")
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc)")
    needs(board)
    said = run("own_data.py", own, "--board", board, "--folder", tmp_path)
    assert f"on {board}: 40 predictions, all equal to the golden model's" in said
    for name in ("ONNX Runtime", "C"):
        assert f"{name}: 1000 of 1000 predictions are the board's" in said


@pytest.mark.parametrize("board, verified", [("golden", False), ("sim:tiny", True)])
def test_first_light(board, verified):
    needs(board)
    said = run("first_light.py", "--board", board, "--epochs", "1")
    (accuracy,) = re.findall(r"^([\d.]+)% of 359 test images on the ", said, re.MULTILINE)
    assert float(accuracy) > 80
    assert ("Every weight, prediction and cycle is the golden model's." in said) == verified


def test_tutorial(tmp_path):
    """The numbers that docs/tutorial.md names."""
    needs("sim")
    said = run("tutorial.py", "sim", folder=tmp_path)
    assert "Conv 9 -> 16\nConv 144 -> 24\nDense 96 -> 10\n" in said
    assert "1151 to train with, 287 to test with" in said
    assert "turned images: 11.1% before, 59.6% after" in said
    (cycles,) = re.findall(r"([\d,]+) cycles", said)
    program = compile_network(lls_hw.load_network(TUTORIAL), preset("small"), 8)
    assert cycles == f"{program.train_cycles:,}"  # counted by the simulated board
    page = (ROOT / "docs" / "tutorial.md").read_text()
    assert "It went from 11.1 % to 59.6 %" in page and "95 to 96 %" in page
    (last,) = re.findall(r"^8 \S+ ([\d.]+)%$", said, re.MULTILINE)
    assert 95 <= float(last) <= 96
    for name in ("tutorial.safetensors", "adapted.safetensors", "net.h", "net.safetensors"):
        assert (tmp_path / name).stat().st_size > 1000


def test_pytorch():
    said = run("pytorch.py", "--board", "golden:small", "--epochs", "5")
    (same,) = re.findall(r"^([\d.]+)% of the predictions on the ", said, re.MULTILINE)
    assert float(same) > 99
    assert "in PyTorch again: the same" in said


def test_notebook(monkeypatch, capsys):
    """Its cells, in order; it is stored without results."""
    for package in ("matplotlib", "sklearn"):
        pytest.importorskip(package)
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()))
    notebook = json.loads((ROOT / "examples" / "explore.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)
    names = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    plt.close("all")
    said = capsys.readouterr().out
    assert len(shown) == 3
    assert float(re.search(r"^([\d.]+)% are right$", said, re.MULTILINE)[1]) > 90
    assert "(64, 48) int16" in said and "tiny 7039 cycles" in said
