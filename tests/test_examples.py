"""The scripts of examples/ run on small data."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lls_hw
from lls_hw.errors import LlsError
from lls_hw.tools.verilate import environment

ROOT = Path(__file__).parents[1]


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


def run(example, *arguments):
    """Standard output of an example."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, ROOT / "examples" / example, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("board", ["golden:small", "sim"])
def test_own_data(own, board, tmp_path):
    """Training on golden, then on a board, then ONNX and C that agree on 1,000 images."""
    pytest.importorskip("onnxruntime")
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc)")
    if board == "sim":
        try:
            environment()
        except LlsError as error:
            pytest.skip(str(error))
    said = run("own_data.py", own, "--board", board, "--folder", tmp_path)
    assert f"on {board}: 40 predictions, all equal to the golden model's" in said
    for name in ("ONNX Runtime", "C"):
        assert f"{name}: 1000 of 1000 predictions are the board's" in said
