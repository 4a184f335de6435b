"""Engines sized for a board and networks."""

import pytest

from lls_hw.contract.engine import load_engine
from lls_hw.contract.memories import Memory
from lls_hw.fit import candidates
from lls_hw.fit.__main__ import main
from lls_hw.fit.candidates import Candidate, memory_blocks, rough_logic
from lls_hw.fit.needs import Job, Shape, sized
from lls_hw.fit.search import Search
from lls_hw.network.file import load_network, network_names
from lls_hw.network.network import Conv
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError, fits, limits
from lls_hw.program.speed import speed


def cells(self: Search, one: Candidate) -> dict[str, int]:
    """An estimate that takes no time."""
    logic = round(rough_logic(one.shape, self.family))
    multipliers = one.config.macs_per_cycle + 9
    return {"LUT": logic, "FF": logic // 2, "DSP": multipliers, "BRAM": one.blocks + 7}


@pytest.fixture
def quick(monkeypatch):
    """Few arrays, and no elaboration."""
    monkeypatch.setattr(candidates, "_SIDES", (4, 8, 16))
    monkeypatch.setattr(Search, "estimated", cells)


def found(board, variant, *names, count=2, batch=None, frequency=None):
    """What a search finds, and the search."""
    search = Search(board, variant, [load_network(name) for name in names], batch, frequency)
    return search.best(count, lambda _: None), search


@pytest.mark.parametrize("name", network_names())
@pytest.mark.parametrize("shape", [Shape(4, 8, 16), Shape(8, 8, 4), Shape(8, 16, 16, 1 << 24)])
def test_an_engine_is_as_large_as_its_network_needs(name, shape):
    network = load_network(name)
    config = sized([Job(network, 4)], shape)
    program = compile_network(network, config, 4)
    for use in limits(program.plan):
        if use.name in (Memory.WEIGHT, Memory.ACTIVATION, Memory.SIGN, Memory.LATENT):
            assert use.used <= use.depth < max(use.used + 512, 3)
    assert (config.rows, config.cols, config.lanes) == (shape.rows, shape.cols, shape.lanes)
    assert bool(config.channel_depth) == network.channel_state
    assert config.maps == any(isinstance(layer, Conv) for layer in network.layers)
    assert not any(layer.outside for layer in program.layers)


def test_several_networks_share_an_engine():
    jobs = [Job(load_network(name), 4) for name in ("mlp", "tinyconv32", "digits")]
    config = sized(jobs, Shape(8, 8, 16))
    assert all(fits(job.network, config, job.batch) for job in jobs)
    assert config.image_channels == 3


def test_layers_live_outside_where_weights_do_not_fit():
    network = load_network("smallconv")
    config = sized([Job(network, 8)], Shape(8, 16, 16, 1 << 24, 2048))
    assert config.weight_depth == 2048 and config.external_depth == 1 << 24
    assert any(layer.outside for layer in compile_network(network, config, 8).layers)
    with pytest.raises(FitError):
        sized([Job(network, 8)], Shape(8, 16, 16, 0, 2048))


@pytest.mark.parametrize(
    ("board", "variant", "names"),
    [("ulx3s", "85f", ["tinyconv"]), ("ecpix5", "85f", ["mlp", "digits"]),
     ("arty-a7", "100t", ["tinyconv32"])],
)  # fmt: skip
def test_the_fastest_that_fit(quick, board, variant, names):
    best, search = found(board, variant, *names)
    assert len(best) == 2
    assert len({(one.candidate.config.rows, one.candidate.config.cols) for one in best}) == 2
    assert best[0].candidate.score >= best[1].candidate.score
    for fitted in best:
        one = fitted.candidate
        assert search.excess(fitted) == {}
        assert fitted.resources == cells(search, one)
        assert fitted.resources["LUT"] <= 0.92 * search.flow.capacity["LUT"]
        for name, program, rate in zip(names, one.programs, one.speeds, strict=True):
            again = compile_network(load_network(name), one.config, program.batch)
            assert again.train_cycles == program.train_cycles
            assert rate == speed(again, search.frequency, search.board.baud)


def test_a_faster_engine_is_left_out_only_where_it_does_not_fit(quick, monkeypatch):
    """The array of the best is the largest; with less logic it is a smaller one."""
    best, _ = found("ulx3s", "85f", "tinyconv", count=1)
    assert best[0].candidate.config.macs_per_cycle == 128

    def more(self, one):
        return cells(self, one) | {"LUT": 3 * cells(self, one)["LUT"]}

    monkeypatch.setattr(Search, "estimated", more)
    smaller, search = found("ulx3s", "85f", "tinyconv", count=1)
    assert smaller[0].candidate.config.macs_per_cycle < 128
    assert search.excess(search.nearest).keys() == {"LUT"}


def test_a_batch_that_is_asked_for_is_kept(quick):
    best, _ = found("ulx3s", "85f", "tinyconv", batch=4)
    assert {program.batch for one in best for program in one.candidate.programs} == {4}


def test_a_smaller_batch_where_memory_is_short(quick):
    best, search = found("orangecrab", "25f", "tinyconv", count=1)
    assert best[0].candidate.programs[0].batch < load_network("tinyconv").training.batch
    assert best[0].resources["BRAM"] <= search.flow.capacity["BRAM"]


def test_clocks(quick):
    assert found("orangecrab", "25f", "digits", count=1)[1].frequency == 96
    assert found("orangecrab", "25f", "digits", count=1, frequency=48)[1].frequency == 48
    assert found("arty-a7", "35t", "digits", count=1)[1].frequency == 80  # none was measured


def test_nothing_fits(quick, capsys):
    """The sentence says what is short, by how much, and what would help."""
    assert main(["--board", "orangecrab", "--network", "smallconv"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("No engine on the OrangeCrab")
    assert "trains 'smallconv': the nearest, " in said and "BRAM of 56 that may be used" in said
    assert "of the memory is weight memory; fewer weights" in said and "with an SDRAM." in said


def test_too_much_logic(quick, capsys, monkeypatch):
    monkeypatch.setattr(Search, "estimated", lambda self, one: {"LUT": 10**6, "BRAM": 9})
    assert main(["--network", "digits"]) == 1
    assert "1,000,000 LUT of 76,948 that may be used" in capsys.readouterr().err


def test_the_table_and_the_file(quick, capsys, tmp_path):
    path = tmp_path / "engine.toml"
    words = ["--network", "mlp", "--network", "tinyconv", "--write", str(path)]
    assert main([*words, "--show", "2"]) == 0
    said = capsys.readouterr().out
    config = load_engine(path)
    assert f"{config.rows} x {config.cols}" in said and "samples" in said
    assert "Cycles are exact" in said and said.splitlines()[-1] == str(path)
    for name in ("mlp", "tinyconv"):
        network = load_network(name)
        assert fits(network, config, network.training.batch)
    assert path.read_text().startswith("# Sized by python -m lls_hw.fit for ULX3S 85f, 80 MHz: mlp")


def test_the_estimate_is_that_of_a_build():
    """One engine, elaborated; its memories are nearly all that the search counts without."""
    search = Search("ulx3s", "12f", [load_network("digits")])
    one, _ = candidates.best_of(search.target, Shape(2, 2, 4), 56)
    estimated = search.estimated(one)
    assert 0 <= estimated["BRAM"] - memory_blocks(one.config, "ecp5") <= 8
    assert estimated["DSP"] >= 4
    assert estimated["LUT"] == pytest.approx(rough_logic(one.shape, "ecp5"), rel=0.3)
