"""Estimates: what a design is made of, and how near the measured engines they are."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from lls_hw.bitstream.estimate import FAMILIES, Estimate, EstimateError, estimate, features
from lls_hw.bitstream.forecast import forecast
from lls_hw.bitstream.rtlil import Contents, Memory, contents
from lls_hw.build import main
from lls_hw.contract.config import preset
from lls_hw.contract.usb import SERIAL_RATE
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.program.speed import speed

RESULTS = Path(__file__).parents[2] / "bench" / "results"
NETLIST = """\
module \\top
  memory width 16 size 14336 \\weights
  memory width 8 size 128 \\labels
  cell $add $1
    parameter \\A_WIDTH 8
    parameter \\B_WIDTH 4
    parameter \\Y_WIDTH 9
  end
  cell $dff $2
    parameter \\WIDTH 26
  end
end
module \\top.images
  cell $mul $1
    parameter \\A_WIDTH 20
    parameter \\B_WIDTH 18
    parameter \\Y_WIDTH 38
  end
end
"""


def test_contents_of_a_netlist():
    design = contents(NETLIST)
    assert list(design) == ["top", "top.images"]
    assert design["top"].memories == [Memory(16, 14336), Memory(8, 128)]
    assert design["top"].cells == {("$add", (8, 4, 9, 0, 0)): 1, ("$dff", (0, 0, 0, 26, 0)): 1}


def test_features_follow_the_device():
    design, config = contents(NETLIST), preset("tiny")
    lattice = features(design, FAMILIES["ecp5"], config)
    assert (lattice["DSP"], lattice["BRAM"], lattice["tables"]) == (2, 14, 16)
    assert (lattice["carry"], lattice["register"]) == (9, 26)
    xilinx = features(design, FAMILIES["xilinx"], config)
    assert xilinx["DSP"] == 1
    ice = features(design, FAMILIES["ice40"], config)
    assert (ice["DSP"], ice["BRAM"]) == (2, 57)
    assert features(design, FAMILIES["ecp5"], preset("nano"))["DSP"] == 0


def test_carry_cells_of_the_gateware_count_like_adders():
    chain = "module \\top\n" + 3 * "  cell \\CCU2C $1\n  end\n"
    config = preset("tiny")
    assert features(contents(chain), FAMILIES["ecp5"], config)["carry"] == 6
    assert features(contents(chain), FAMILIES["xilinx"], config)["carry"] == 0


@pytest.mark.parametrize(
    ("family", "names"), [("ecp5", {"nano", "tiny", "small", "large"}), ("ice40", {"nano"})]
)
def test_measured_engines_lie_within_15_percent(family, names):
    table = json.loads(
        (Path(__file__).parents[2] / "lls_hw" / "bitstream" / "estimate.json").read_text()
    )
    cells = table["families"][family]["cells"]
    engines = json.loads((RESULTS / f"resources-{family}.json").read_text())["engines"]
    assert names <= set(engines)
    for name, engine in engines.items():
        found, used = engine["features"], engine["used"]
        for kind, factors in cells.items():
            guess = sum(factor * found[key] for key, factor in factors.items())
            assert guess == pytest.approx(used[kind], rel=0.15), (name, kind)
        for kind in ("DSP", "BRAM"):
            assert found[kind] == pytest.approx(used[kind], rel=0.15), (name, kind)


def test_unmeasured_family():
    with pytest.raises(EstimateError, match="No engine has been measured on unheard-of;"):
        estimate({"top": Contents()}, "unheard-of", "6", preset("tiny"))


def test_command_line(capsys, tmp_path):
    network = tmp_path / "mine.toml"
    network.write_text("input = [1, 4, 4]\nlayers = [{ outputs = 8 }, { outputs = 4 }]\n")
    options = ["--board", "ulx3s", "--preset", "nano", "--estimate-only"]
    assert main([*options, "--network", str(network), "--out", str(tmp_path / "out")]) == 1
    assert "does not fit" in capsys.readouterr().err
    network.write_text(network.read_text() + "[training]\nbatch = 4\n")
    assert main([*options, "--network", str(network), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "83,640" in said and "MHz" in said and "mine" in said
    assert not (tmp_path / "out").exists()


def test_what_does_not_fit_is_a_failure(capsys):
    assert main(["--board", "icebreaker", "--preset", "tiny", "--estimate-only"]) == 1
    said = capsys.readouterr()
    assert "does not fit" in said.out
    (line,) = said.err.splitlines()[-1:]
    assert line.startswith("The engine needs ") and line.endswith(
        " that the device has; choose a smaller --preset or a larger --variant."
    )


@pytest.mark.parametrize(
    ("frequency", "verdict"),
    [(70, "likely"), (73, "likely"), (80, "possible"), (84, "possible"), (85, "not expected")],
)
def test_verdict_on_a_clock(frequency, verdict, capsys):
    """It is what engines have reached on such devices that decides."""
    estimated = Estimate(resources={}, clock=(73.3, 84.3))
    Console(width=100).print(*forecast("a", estimated, {}, frequency, 1_000_000, []))
    said = capsys.readouterr().out
    assert "73-84 MHz" in said and f"{frequency} MHz" in said
    verdicts = {word for word in ("likely", "possible", "not expected") if word in said}
    assert verdicts == {verdict}


@pytest.mark.parametrize(
    ("engine", "batch", "baud", "limits"),
    [
        ("large", 16, SERIAL_RATE, ["USB link", "–"]),
        ("sdram", 16, 3_000_000, ["serial line", "{stored} (engine)"]),
    ],
)
def test_speeds_are_whole_on_a_narrow_terminal(engine, batch, baud, limits, capsys):
    """As many characters as a terminal has where nobody has chosen: nothing is shortened."""
    program = compile_network(load_network("nitro-mnist"), preset(engine), batch)
    rate = speed(program, 80, baud)
    estimated = Estimate(resources={}, clock=None)
    Console(width=80).print(*forecast("a", estimated, {}, 80, baud, [program]))
    said = capsys.readouterr().out
    assert "…" not in said and max(map(len, said.splitlines())) <= 80
    for number in (program.train_cycles, rate.engine, rate.link, rate.samples, rate.stored or 0):
        assert f"{number:,.0f}" in said
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines()]
    columns = zip(*(row for row in rows if len(row) == 6), strict=True)  # a cell may be two rows
    cells = [" ".join(column).strip() for column in columns]
    assert cells[0] == "nitro-mnist" and cells[4:] == [
        limit.format(stored=f"{rate.stored or 0:,.0f}") for limit in limits
    ]


def test_clocks_that_were_reached_are_foretold():
    """The measured builds of the ULX3S lie in the span of their speed class."""
    slowest, fastest = estimate({"top": Contents()}, "ecp5", "6", preset("tiny")).clock
    for name in ("small", "large", "momentum"):
        report = json.loads((RESULTS.parent / f"ulx3s_{name}.json").read_text())
        reached = round(min(clock["achieved"] for clock in report["clocks"].values()), 1)
        assert slowest <= reached <= fastest
    assert estimate({"top": Contents()}, "ice40", "", preset("nano")).clock is None
