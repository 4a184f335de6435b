"""The commands of the first pages do what the pages say."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lls_hw.errors import LlsError
from lls_hw.tools.verilate import environment

ROOT = Path(__file__).parents[1]


def commands(page):
    """The indented command lines of a page that run this package, as words."""
    text = (ROOT / "docs" / page).read_text().replace("\\\n", "")
    lines = re.findall(r"^    ((?:lls-hw|python -m lls_hw).*)$", text, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def run(command, folder, status=0):
    """What a command of this package prints, run in a folder."""
    program = command[1:] if command[0] == "python" else ["-m", "lls_hw", *command[1:]]
    done = subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "160"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_first_light(tmp_path):
    """Training, with the numbers on the page, and both questions to the trained network."""
    for package in ("sklearn", "matplotlib"):
        pytest.importorskip(package)
    try:
        environment()
    except LlsError as error:
        pytest.skip(str(error))
    found = commands("first_light.md")
    said = {
        line[1]: run(line, tmp_path)
        for line in found
        if line[0] == "lls-hw" and line[1] != "doctor"
    }
    assert list(said) == ["train", "evaluate", "predict"]
    page = (ROOT / "docs" / "first_light.md").read_text()
    shown = re.search(r"^    epoch 10:.*?^$", page, re.MULTILINE | re.DOTALL)[0].splitlines()
    trained = re.sub(" +", " ", said["train"])  # the table is as wide as the terminal lets it
    for line in (re.sub(" +", " ", line.strip()) for line in shown if "..." not in line):
        assert line in trained, line
    assert "95.82%" in said["evaluate"]
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 360
    assert (tmp_path / "run.png").stat().st_size > 10_000
    assert "95.82" in (tmp_path / "run.html").read_text()


def test_tutorial_estimates():
    """The tutorial's network fits the engine, and the engine the device."""
    pytest.importorskip("amaranth_boards")
    found = commands("tutorial.md")
    (program,) = (line for line in found if "lls_hw.program" in line)
    assert "cycles of a training step" in run(program, ROOT)
    (estimate,) = (line for line in found if "--estimate-only" in line)
    assert "tutorial" in run(estimate, ROOT)


def test_refusal_is_the_one_on_the_page():
    refused, *_ = commands("does_not_fit.md")
    page = (ROOT / "docs" / "does_not_fit.md").read_text()
    said = run(refused, ROOT, status=1)
    assert said.startswith("Network 'smallconv'") and " ".join(said.split()) in " ".join(
        page.split()
    )
