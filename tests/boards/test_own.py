"""Boards of users: in a file, and in an installed package."""

import json
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bench.style import ROOT
from lls_hw.bitstream import boards as command
from lls_hw.bitstream import measured
from lls_hw.bitstream.families import flow_of
from lls_hw.boards import BOARDS, board_names, find_board, own
from lls_hw.boards.board import BoardError
from lls_hw.build import main as build
from lls_hw.gateware.system import System
from tests.memory_core import MemoryCore

EXAMPLE = ROOT / "examples" / "colorlight_i9.py"
SITES = {"clock": "P3", "rx": "H18", "tx": "J17", "alive": "L2"}


@pytest.fixture
def file(tmp_path):
    """Writes a board file that differs from the example."""

    def write(old="", new="", name="mine.py"):
        text = EXAMPLE.read_text()
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new) if old else text)
        return tmp_path / name

    return write


def test_the_example_becomes_verilog_and_constraints(tmp_path, monkeypatch):
    """The command line from the file to a top module, with a memory in place of the engine."""
    monkeypatch.setattr(
        "lls_hw.bitstream.board.System", lambda config: System(config, MemoryCore())
    )
    words = ["--board", str(EXAMPLE), "--preset", "nano", "--verilog-only", "--out", str(tmp_path)]
    assert build(words) == 0
    (ports,) = re.findall(r"^module top\((.*?)\);", (tmp_path / "top.v").read_text(), re.MULTILINE)
    assert set(ports.split(", ")) == set(SITES)
    design = json.loads((tmp_path / "design.json").read_text())
    assert design["board"] == {
        "name": "colorlight-i9", "variant": "45f", "device": "LFE5U-45F", "clock_mhz": 60.0,
        "link": "uart", "baud": 1_000_000,
    }  # fmt: skip
    board = find_board(str(EXAMPLE))
    platform = board.platform(board.variant("45f"))
    flow = flow_of(platform)
    assert (flow.device, flow.package, flow.speed) == ("45k", "CABGA381", "6")
    flow.prepare(board, platform, 60, tmp_path)
    found = re.findall(r'LOCATE COMP "(\w+)" SITE "(\w+)";', (tmp_path / "top.lpf").read_text())
    assert dict(found) == SITES


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("COLORLIGHT_I9 = Board(", "COLORLIGHT_I9 = dict(", "defines no Board; it must define"),
        ('name="colorlight-i9"', 'name="my board"', "its name is 'my board'; use letters"),
        ('default="45f"', 'default="25f"', "its default variant is '25f'; it has 45f."),
        ('        "tx": Port("uart", part="tx"),\n', "", "its ports lack tx; name their pins."),
        ('    clock="clk25",\n', "", "cannot be used (TypeError: Board.__init__() missing 1"),
        ("from amaranth.build", "from amaranth.nonsense", "(ModuleNotFoundError: No module named"),
        ("VOLTAGE = Attrs(", "VOLTAGE = Attrs((", "cannot be used (SyntaxError: "),
        ("COLORLIGHT_I9 = ", "A = BOARDS['ulx3s']\nCOLORLIGHT_I9 = ", "(NameError: name 'BOARDS'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(file, old, new, said):
    path = file(old, new)
    before = set(sys.modules)
    with pytest.raises(BoardError) as error:
        find_board(str(path))
    assert str(error.value).startswith(f"The board file {path}") and said in str(error.value)
    assert "\n" not in str(error.value)
    if "cannot be used" in said:
        assert not {name for name in set(sys.modules) - before if "mine" in name}


def test_two_boards_in_a_file(file):
    path = file()
    path.write_text(path.read_text() + "\nfrom lls_hw.boards.ulx3s import ULX3S\n")
    with pytest.raises(BoardError, match=r"defines 2 boards \(colorlight-i9, ulx3s\)"):
        find_board(str(path))


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(BoardError, match="none.py does not exist or is no file"):
        find_board(str(tmp_path / "none.py"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"alive": Port("led")', '"alive": Port("led", 3)', "has no resource led 3; it has clk25"),
        ('"rx": Port("uart", part="rx")', '"rx": Port("uart")', "uart 0 is not one pin; name a p"),
        ('part="rx"', 'part="rxd"', "resource uart 0, part rxd is not one pin"),
        (", Clock(25e6)", "", "resource 'clk25' has no Clock; add its frequency."),
        ('platform="ColorlightI9Platform"', 'platform="I9"', "Colorlight i9 has no platform I9 in"),
        ('"LFE5U-45F"', '"LFE6-45F"', "platform of the Colorlight i9 cannot be made (ValueError: "),
        ("preset=\"tiny\"", "preset=\"huge\"", "There is no preset 'huge'"),
    ],
)  # fmt: skip
def test_what_a_build_finds_wrong_is_one_sentence(file, tmp_path, capsys, old, new, said):
    words = ["--board", str(file(old, new)), "--verilog-only", "--out", str(tmp_path / "out")]
    assert build(words) == 1
    lines = capsys.readouterr().err.splitlines()
    assert said in lines[-1] and "Traceback" not in "".join(lines)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def installed(monkeypatch):
    """Entry points of a package that is not really there."""
    monkeypatch.syspath_prepend(EXAMPLE.parent)
    points = [
        EntryPoint("mine", "colorlight_i9:COLORLIGHT_I9", own.GROUP),
        EntryPoint("broken", "no_such_module:BOARD", own.GROUP),
        EntryPoint("wrong", "colorlight_i9:VOLTAGE", own.GROUP),
    ]
    monkeypatch.setattr(own, "entry_points", lambda group: points)


def test_an_installed_board(installed):
    assert find_board("mine").title == "Colorlight i9"
    assert board_names() == [*BOARDS, "mine", "broken", "wrong"]
    with pytest.raises(BoardError, match="'broken' .* cannot be used .ModuleNotFoundError"):
        find_board("broken")
    with pytest.raises(BoardError, match="'wrong' .* must be a lls_hw.boards.board.Board"):
        find_board("wrong")
    with pytest.raises(BoardError, match="the boards are ulx3s, .*mine, .*own is a .py file"):
        find_board("other")


def test_all_boards_are_listed(installed, capsys, monkeypatch):
    """A broken one is named, and hides none of the others."""
    assert command.main([]) == 0
    said = capsys.readouterr()
    for board in BOARDS.values():
        for name in board.variants:
            assert re.search(rf"│ {board.name} +│ {name} ", said.out), name
    assert re.search(r"colorlight-i9 +│ 45f \* +│ LFE5U-45F +│ 43,848 LUT", said.out)
    assert len(said.err.splitlines()) == 2 and "'broken'" in said.err and "'wrong'" in said.err


def test_boards_of_a_list(capsys):
    assert command.main(["ulx3s", str(EXAMPLE)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "LFE5U" in line]
    assert len(rows) == 5
    (small,) = [row for row in rows if "*" in row and "ulx3s" in row]
    known = measured.measured("ulx3s", "85f")
    assert f"{known.reached:.1f}" in small and "32" in small
    assert command.main(["ulx4s"]) == 1
    assert "There is no board 'ulx4s'" in capsys.readouterr().err


def test_figures_are_those_of_the_benchmark():
    """Otherwise: python bench/boards.py --only."""
    results = json.loads(Path(ROOT / "bench" / "results" / "boards.json").read_text())
    assert json.loads(measured.FILE.read_text()) == measured.summary(results)


def test_a_changed_board_file_is_built_anew(file):
    """What is cached is known by the file's text as well."""
    path = file()
    before = find_board(str(path)).definition
    path.write_text(path.read_text().replace('"L2"', '"L3"'))
    assert find_board(str(path)).definition != before
