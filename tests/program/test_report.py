"""Report of a compiled network: its figures, its terminal output, its picture."""

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.units import Operation
from lls_hw.network.file import load_network
from lls_hw.program.__main__ import main
from lls_hw.program.compiler import compile_network
from lls_hw.program.memory import kept, live_peak, stays
from lls_hw.program.report import phases


def kept_by_kind(name, batch):
    program = compile_network(load_network(name), preset("small"), batch)
    return {row.what: row for row in kept(program)}


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


def test_memory_against_backpropagation_of_vectors():
    """By hand: 784-128-64-10, batch 16."""
    rows = kept_by_kind("mlp", 16)
    units = 128 + 64 + 10
    both = {"inputs": 784 * 8, "activations": units * 8, "signs of activations": units}
    for what, bits in both.items():
        assert rows[what].local == rows[what].backward == 16 * bits
    assert rows["latents"].local == rows["errors of latents"].local == 16 * 18 * units
    assert rows["latents"].backward == rows["places of maxima"].backward == 0
    assert rows["errors of maps"].backward == 16 * 8 * (128 + 64)
    assert rows["errors of maps"].local == 0


def test_where_local_learning_keeps_more_it_says_why(capsys):
    assert main(["--network", "mlp", "--batch", "16"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Local learning keeps more here: each output of a fully connected layer is a latent" in (
        said
    )
    assert main(["--network", "tinyconv", "--batch", "8"]) == 0
    assert "keeps more" not in capsys.readouterr().out


def test_memory_against_backpropagation_of_maps():
    """By hand: tinyconv. The map in front of the first pooling is the largest."""
    rows = kept_by_kind("tinyconv", 1)
    assert rows["activations"].local == 8 * (16 * 14 * 14 + 32 * 7 * 7 + 32 * 16 + 10)
    assert rows["places of maxima"].backward == 2 * (16 * 14 * 14 + 32 * 7 * 7)
    assert rows["errors of maps"].backward == 8 * (16 * 28 * 28 + 32 * 14 * 14)
    assert rows["latents"].local == 18 * (16 * 16 + 32 * 4 + 32 * 16 + 10)


@pytest.mark.parametrize("name", ["mlp", "tinyconv"])
def test_regions_last_from_writer_to_reader(name):
    """Nothing is in use that has no place, and no two layers share a word at one time."""
    program = compile_network(load_network(name), preset("small"), 8)
    places = stays(program)
    inputs = name == "mlp"
    assert sum(r.memory == "activation memory" for r in places) == len(program.layers) - 1 + inputs
    for use in program.memories:
        mine = [r for r in places if r.memory == use.name]
        assert live_peak(places, use.name) <= use.used
        assert all(0 <= r.start < r.stop <= program.train_cycles for r in mine)
        assert all(r.region.end <= use.used for r in mine)
    first = next(r for r in places if (r.memory, r.layer) == ("activation memory", 0))
    ends = {(s.descriptor.operation, s.descriptor.layer): s.end for s in program.spans}
    assert first.stop == ends[Operation.GRADIENT, 1]


def test_command_line(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "plan.svg"
    assert main(["--network", "tinyconv", "--batch", "8", "--plot", str(path)]) == 0
    output = capsys.readouterr().out
    assert "weight gradient" in output and "90.2%" in output
    assert "backpropagation" in output and "places of maxima" in output
    assert path.read_text().startswith("<?xml")


def test_errors_are_one_sentence(capsys):
    assert main(["--network", "smallconv", "--preset", "tiny"]) == 1
    assert "does not fit" in capsys.readouterr().err
    assert main(["--preset", "huge"]) == 1
    assert "There is no preset 'huge'" in capsys.readouterr().err
