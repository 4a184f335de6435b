"""Report of a compiled network: its figures, its terminal output, its picture."""

import pytest

from lls_hw.config import preset
from lls_hw.network import load_network
from lls_hw.program.__main__ import main
from lls_hw.program.compiler import compile_network
from lls_hw.program.report import backpropagation, phases


def test_phases_share_the_step():
    program = compile_network(load_network("tinyconv"), preset("small"), 8)
    uses = phases(program)
    assert sum(use.macs for use in uses) == program.macs
    array = [use for use in uses if use.phase != "learning signal"]
    assert sum(use.cycles for use in array) <= program.train_cycles
    assert max(use.start + use.cycles for use in uses) == program.train_cycles
    assert program.utilisation >= 0.65


def test_smallconv_keeps_the_array_busy():
    program = compile_network(load_network("smallconv"), preset("lab"), 4)
    assert program.utilisation >= 0.8
    inner = [use for use in phases(program) if use.layer in (1, 2) and use.macs]
    assert len(inner) == 4
    assert all(use.utilisation(program.config.macs_per_cycle) >= 0.9 for use in inner)


def test_memory_against_backpropagation():
    """By hand: 784-128-64-10, batch 16."""
    need = backpropagation(compile_network(load_network("mlp"), preset("small"), 16))
    kept = (784 + 128 + 64 + 10) * 8 + 128 + 64 + 10
    assert need.local == 16 * (kept + 2 * 18 * (128 + 64 + 10))
    assert need.backward == 16 * (kept + 8 * (128 + 64))


def test_command_line(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "plan.svg"
    assert main(["--network", "tinyconv", "--batch", "8", "--plot", str(path)]) == 0
    output = capsys.readouterr().out
    assert "weight gradient" in output and "93." in output
    assert path.read_text().startswith("<?xml")


def test_errors_are_one_sentence(capsys):
    assert main(["--network", "smallconv", "--preset", "tiny"]) == 1
    assert "does not fit" in capsys.readouterr().err
    assert main(["--preset", "huge"]) == 1
    assert "There is no preset 'huge'" in capsys.readouterr().err
