"""``lls-hw``: its commands, names, completion, and what it says to twenty wrong inputs."""

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import lls_hw.session.board
from lls_hw.__main__ import COMMANDS, main
from lls_hw.driver.checkpoint import TrainingState, save_checkpoint
from lls_hw.tools.arguments import described
from lls_hw.version import VERSION

ROOT = Path(__file__).parents[1]
NETWORK = """
input = [1, 6, 5]
layers = [{ outputs = 20 }, { outputs = 3 }]
[training]
batch = 4
"""


@pytest.fixture(autouse=True)
def words(monkeypatch):
    """Commands replace sys.argv; afterwards it is what it was."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a network, data and a damaged checkpoint."""
    monkeypatch.chdir(tmp_path)
    Path("rows.toml").write_text(NETWORK)
    Path("broken.toml").write_text("input = [1, 6")
    images = np.arange(60 * 30, dtype=np.uint8).reshape(60, 6, 5)
    np.savez("rows.npz", images=images, labels=np.arange(60) % 3)
    Path("noise.npz").write_bytes(b"noise")
    Path("mine.toml").write_text('preset = "tiny"\nrows = 3\n')
    Path("noise.safetensors").write_bytes(b"noise")
    Path("empty").mkdir()
    save_checkpoint(Path("old.safetensors"), TrainingState([np.zeros((30, 3), np.int16)], [0]))
    return tmp_path


def ran(words, capsys):
    """Exit status and standard error of a command line."""
    try:
        status = main(words)
    except SystemExit as stop:
        status = stop.code
    return status, capsys.readouterr().err


TRAIN = ["train", "--network", "rows.toml", "--data", "rows.npz"]
WRONG = {
    "tain": "There is no command 'tain'; did you mean train?",
    "frobnicate": "There is no command 'frobnicate'; see lls-hw --help.",
    "--colour": "unrecognized arguments: --colour; see lls-hw --help.",
    "train --learning-rate 1": "unrecognized arguments: --learning-rate 1; see lls-hw train",
    "train --epochs none": "'none' is no count; use a whole number from 1 on; see lls-hw train",
    "train --epochs 0": "'0' is no count; use a whole number from 1 on",
    "train --limit -5": "'-5' is no count",
    "train --batch many": "argument --batch: 'many' is no count; use a whole number from 1 on",
    "train --seed 1.5": "'1.5' is no seed; use a whole number from 0 on",
    "train --batch 0": "argument --batch: '0' is no count; use a whole number from 1 on",
    "train --epochs 1000000000": "'1000000000' is too large for a count; use a whole number below",
    f"train --seed {'9' * 5000}": f"'{'9' * 20}' is too large for a seed; use a whole number",
    "train --memory-elements -3": "argument --memory-elements: '-3' is no count",
    "train --device sim:tiny --self-test --memory-elements 5": "sim:tiny has none; leave the",
    "train --network none": "There is no network 'none'",
    "train --network broken.toml": "Network 'broken' is not valid TOML",
    "train --network missing.toml": "missing.toml cannot be read (No such file or directory)",
    "train --data none": "There is no data set 'none'",
    "train --data noise.npz": "noise.npz: It is no .npz file of arrays of numbers",
    "train --data mnist --data-dir empty": "There is neither train-images-idx3-ubyte.gz nor",
    "train --device sim:huge": "There is no preset 'huge'; the presets are nano, tiny",
    "train --device Sim": "There is no board 'Sim'; write sim, sim:PRESET, sim:PRESET@3M,",
    "train --device socket://here": "socket://here names no valid port",
    "train --plot run.foo": "run.foo names no kind of picture; choose a name that ends in .",
    "train --plot none/run.svg": "none/run.svg cannot be written: none is not a folder",
    "train --report run.pdf": "run.pdf names no page; choose a name that ends in .html.",
    "train --report none/run.html": "none/run.html cannot be written: none is not a folder",
    "train --json empty": "empty is a folder; choose a file in it or another one.",
    "train --checkpoint old.safetensors": "The checkpoint old.safetensors already exists; add --r",
    "train --report=": "argument --report: its value is empty; give one or leave the option out",
    "train --plot ": "argument --plot: its value is empty",
    "train --json ": "argument --json: its value is empty",
    "train --checkpoint=": "argument --checkpoint: its value is empty",
    "train --data_dir ": "argument --data-dir: its value is empty",
    "train --device=": "argument --device: its value is empty",
    "program --network ": "argument --network: its value is empty",
    "export ": "argument 1: its value is empty; give one or leave the option out; see lls-hw",
    "train --device golden --store": "golden is the golden model, which takes images where they",
    "train --device golden:tiny-sdram --store": "The board golden:tiny-sdram is the golden model",
    "train --device sim:tiny --store": "The board sim:tiny has no external memory to store",
    "train --held-out 1.5": "'1.5' does not fit; use a number between 0 and 1",
    "train --held-out nan": "'nan' does not fit; use a number between 0 and 1",
    "evaluate --held-out -1": "'-1' does not fit; use a number between 0 and 1",
    "adapt --images 0": "argument --images: '0' is no count",
    "adapt --pretrain -1": "argument --pretrain: '-1' is no count",
    "program --batch 0": "argument --batch: '0' is no count",
    "train --batch 60 --device sim:tiny": "does not fit: it needs 60 of 32 (batch). Batch 32 fits",
    "evaluate": "the following arguments are required: --checkpoint; see lls-hw evaluate --help.",
    "evaluate --checkpoint none": "The checkpoint none cannot be read",
    "evaluate --checkpoint noise.safetensors": "noise.safetensors",
    "evaluate --checkpoint old.safetensors": "does not hold it; give the network as well",
    "predict --checkpoint old.safetensors": "arguments are required: --data; see lls-hw predict",
    "predict --checkpoint old.safetensors --data rows.npz --out a.xls": "must end in .csv or .npz",
    "predict --checkpoint old.safetensors --data x --network rows.toml": "is not of network 'rows'",
    "adapt --shift sideways": "there is no shift 'sideways'; choose one of",
    "adapt --device golden": "golden is the golden model, but this needs a board; name",
    "program --preset huge": "There is no preset 'huge'",
    "program --plot plan.doc": "plan.doc names no kind of picture",
    "simulate --port 70000": "port 70000 does not exist; choose 0..65535",
    "train --engine mine.toml": "The engine file mine.toml: rows is 3; it must be a power of two",
    "train --engine none.toml --device /dev/x": "none.toml cannot be read (No such file or direc",
    "train --device sim:small --engine tiny": "sim:small names another engine than tiny; leave o",
    "train --device golden:rows.toml": "The engine file rows.toml: An engine has no field 'input'",
    "adapt --engine huge": "There is no preset 'huge'",
    "program --engine mine.toml": "The engine file mine.toml: rows is 3",
    "simulate --engine rows.npz": "There is no preset 'rows.npz'; the presets are nano, tiny",
    "build --engine mine.toml --estimate-only": "The engine file mine.toml: rows is 3",
    "build --board none --engine none.json": "The engine file none.json cannot be read",
    "simulate --preset huge": "There is no preset 'huge'",
    "build --board ulx4s": "There is no board 'ulx4s'; the boards are ulx3s",
    "build --frequency fast": "'fast' does not fit; use a number above 0; see lls-hw build --help.",
    "build --frequency inf": "'inf' does not fit; use a number above 0",
    "build --frequency nan": "'nan' does not fit; use a number above 0",
    "build --frequency 0": "'0' does not fit; use a number above 0",
    "build --frequency 1e300": "1e+300 MHz cannot be made from the board's 25 MHz",
    "fit --network digits --frequency nan": "'nan' does not fit; use a number above 0",
    "build --seeds 0": "argument --seeds: '0' is no count",
    "build --preset tiny --network none": "There is no network 'none'",
    "fit": "the following arguments are required: --network; see lls-hw fit --help.",
    "fit --network none": "There is no network 'none'",
    "fit --network rows.toml --board ulx4s": "There is no board 'ulx4s'; the boards are ulx3s",
    "fit --network rows.toml --variant 99f": "The ULX3S has no variant '99f'; choose 12f, 25f",
    "fit --network rows.toml --batch 0": "'0' is no count",
    "fit --network rows.toml --frequency 81.3": "81.3 MHz cannot be made from the board's 25 MHz",
    "fit --network rows.toml --write engine.txt": "the name of an engine's file ends in .toml.",
    "fit --network rows.toml --write none/e.toml": "cannot be written: none is not a folder",
    "explore": "There is nothing to build; give --engine, or --network for engines.",
    "explore --engine mine.toml": "The engine file mine.toml: rows is 3; it must be a power of two",
    "explore --engine nano --jobs 0": "argument --jobs: '0' is no count",
    "doctor --for fun": "invalid choice: 'fun' (choose from",
    "reproduce --seeds 0": "argument --seeds: '0' is no count",
    "reproduce --epochs -1": "argument --epochs: '-1' is no count",
    "reproduce --limit 0": "argument --limit: '0' is no count",
    "reproduce --batch 1": "'1' is no batch; use a whole number from 2 on",
    "reproduce --learning-rate nan": "'nan' does not fit; use a number above 0",
    "reproduce --learning-rate -1": "'-1' does not fit; use a number above 0",
    "reproduce --data digits --rule bp --model mlp-99999999999": "the hidden layers, 1..65536)",
    "costs --input 3,4,4": "--input and --classes are for one --model; name it, or leave them out",
    "costs --classes 10": "--input and --classes are for one --model; name it, or leave them out",
    "costs --input garbage": "'garbage' is no size of images; give channels, height and width",
    "costs --model vgg8 --input 3,0,4": "argument --input: '0' is no count",
    "costs --classes 1": "'1' is no number of classes; use a whole number from 2 on",
    "costs --batch 0": "argument --batch: '0' is no count",
    "costs --plot none/costs.png": "none/costs.png cannot be written: none is not a folder",
    "costs --page none.md": "none.md cannot be changed (No such file or directory).",
    "completion fish": "invalid choice: 'fish' (choose from",
}  # fmt: skip
"""Command lines, and what each says in one line."""


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_gets_one_sentence(files, line, capsys, monkeypatch):
    """Before a board is opened; nothing is written."""

    def opened(*_, **__):
        raise AssertionError("The board was opened.")

    monkeypatch.setattr(lls_hw.session.board.Device, "open", opened)
    before = sorted(os.listdir())
    words = line.split(" ")
    if words[0] == "train" and "--self-test" not in words:
        words = [*TRAIN, *words[1:]]
    status, said = ran(words, capsys)
    assert status in (1, 2)
    assert WRONG[line] in said and len(said.splitlines()) == 1, said
    assert sorted(os.listdir()) == before


def test_commands_say_what_their_modules_do():
    """And each has a parser under its own name."""
    for name, command in COMMANDS.items():
        module = importlib.import_module(f"lls_hw.{command.module}")
        first = module.__doc__.splitlines()[0]
        purpose = described(first).rstrip(".")
        assert purpose == command.purpose[:1].upper() + command.purpose[1:]
        assert module.parser(f"lls-hw {name}").prog == f"lls-hw {name}"
        assert module.parser().prog in first


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    said = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(command.purpose)}$", said, re.MULTILINE)


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"lls-hw {VERSION}\n"


def test_the_script_is_this_module():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"lls-hw": "lls_hw.__main__:main"}
    command = [sys.executable, "-m", "lls_hw", "program", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("usage: lls-hw program [-h]")


def test_names_with_underscores_and_hyphens(files, monkeypatch, capsys):
    for words in (
        ["program", "--network", "nitro_mnist"],
        ["program", "--network=nitro-mnist"],
        [*TRAIN, "--device", "golden", "--test_limit", "4", "--held_out=0.2"],
        ["costs", "--model", "vgg8", "--input", "3,32,32"],
    ):
        assert main(words) == 0
    for name in ("fashion_mnist", "fashion-mnist"):
        status, said = ran(["train", "--data", name, "--data_dir", "empty"], capsys)
        assert status == 1 and "There is neither train-images-idx3-ubyte.gz" in said
    status, said = ran(["build", "--board", "arty_a7", "--load", "--out", "x"], capsys)
    assert status == 1 and "Arty A7" in said


def test_results_record_the_command(files, monkeypatch, capsys):
    words = [*TRAIN, "--device", "golden", "--json", "run.json"]
    assert main(words) == 0
    found = json.loads(Path("run.json").read_text())
    assert found["command"] == " ".join(["python -m lls_hw.train", *words[1:]])


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_commands_options_and_names(shell, capsys):
    pytest.importorskip("shtab")
    assert main(["completion", shell]) == 0
    said = capsys.readouterr().out
    for word in (*COMMANDS, "completion", "data-dir", "estimate-only"):
        assert word in said
    for word in ("fashion-mnist", "nitro-mnist", "colorlight-i5", "sim:tiny", "held-out"):
        assert word in said


def test_bash_completes(tmp_path, capsys):
    pytest.importorskip("shtab")
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    complete = (
        "source ./script; try() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); "
        "_shtab_lls_hw; echo \"${COMPREPLY[@]}\"; }; try lls-hw tr; try lls-hw train --data-; "
        "try lls-hw train --data fa; try lls-hw build --board col"
    )  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", complete], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [sorted(line.split()) for line in done.stdout.splitlines()] == [
        ["train"], ["--data-dir"], ["fashion-mnist"], ["colorlight-5a75b", "colorlight-i5"],
    ]  # fmt: skip


def test_without_pytorch_each_command_has_its_help_and_completion():
    """What needs it says so when it is used."""
    script = (
        "import sys; sys.modules['torch'] = None; from lls_hw.__main__ import main; "
        "print(main(['completion', 'bash'])); sys.exit(main(['reproduce']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0"
    (line,) = done.stderr.splitlines()
    assert line.startswith("The paper's networks need PyTorch, which is not installed; run: pip")
