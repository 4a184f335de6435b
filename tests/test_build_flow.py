"""The whole build with tools that take no time: kept steps, seeds, report, interruption."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lls_hw.bitstream import BoardBuild
from lls_hw.bitstream.folder import publish
from lls_hw.build import main
from tests.fake_tools import calls, install

NANO = ["--board", "ulx3s", "--variant", "85f", "--preset", "nano"]
FRESH_FILES = ["design.json", "pack.log", "place.log", "report.html", "report.json",
               "synthesis.log", "top.bit", "top.v"]  # fmt: skip


DESIGNS: dict[float, tuple[str, str]] = {}
"""The elaborated design by its clock: once is enough for all tests."""


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder with the tools, where builds go to `out`."""
    install(tmp_path, monkeypatch)
    elaborated = BoardBuild.elaborated

    def once(self):
        if self.frequency not in DESIGNS:
            DESIGNS[self.frequency] = elaborated(self)
        return DESIGNS[self.frequency]

    monkeypatch.setattr(BoardBuild, "elaborated", once)
    return tmp_path


def build(tools, *options, seed=2):
    """Runs the build; its exit status."""
    return main([*NANO, "--seed", str(seed), "--out", str(tools / "out"), *options])


def report(tools):
    return json.loads((tools / "out" / "report.json").read_text())


def test_unchanged_steps_are_kept(tools, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_SECONDS", "0.3")
    assert build(tools, "--network", "digits-small.toml") == 1  # no such file: no tool has run
    assert calls(tools) == []
    assert build(tools) == 0
    assert calls(tools) == ["yosys", "nextpnr-ecp5", "ecppack"]
    assert sorted(os.listdir(tools / "out")) == FRESH_FILES
    fresh = report(tools)
    assert fresh["kept"] == [] and fresh["seconds"]["Place and route"] >= 0.3
    files = {name: (tools / "out" / name).read_bytes() for name in FRESH_FILES}

    capsys.readouterr()
    started = time.monotonic()
    assert build(tools) == 0
    assert time.monotonic() - started < 5
    assert calls(tools) == []
    again = report(tools)
    assert again["kept"] == ["Verilog", "Synthesis", "Place and route", "Bitstream"]
    for name in ("Synthesis", "Place and route", "Bitstream"):  # what they took when they ran
        assert 0.3 <= again["seconds"][name] <= fresh["seconds"][name]
    said = capsys.readouterr().err
    assert "Synthesis: kept from an earlier build, where it took" in said
    for name in set(FRESH_FILES) - {"report.json", "report.html"}:
        assert (tools / "out" / name).read_bytes() == files[name]

    assert build(tools, seed=3) == 0
    assert calls(tools) == ["nextpnr-ecp5", "ecppack"]
    assert build(tools, "--frequency", "62.5", seed=3) == 0
    assert calls(tools)[0] == "yosys"
    assert build(tools, "--fresh") == 0
    assert calls(tools) == ["yosys", "nextpnr-ecp5", "ecppack"]


def test_a_new_tool_repeats_its_steps(tools):
    assert build(tools) == 0
    calls(tools)
    tool = tools / "nextpnr-ecp5"
    tool.write_text(tool.read_text().replace("9.9", "9.10"))
    assert build(tools) == 0
    assert calls(tools) == ["nextpnr-ecp5"]  # and the bitstream of the same placement is the same


def test_the_best_seed_is_kept(tools, monkeypatch):
    monkeypatch.setenv("FAKE_FAILING_SEED", "5")
    assert build(tools, "--seeds", "4") == 0
    result = report(tools)
    assert result["command"].endswith("--seed 4 --link uart")
    assert list(result["seeds"]) == ["4", "3", "2"]
    assert result["clocks"]["clk"]["achieved"] == 65
    assert (tools / "out" / "top.bit").read_text() == "seed 4"
    assert sorted(os.listdir(tools / "out")) == FRESH_FILES


def test_unmet_timing_names_the_next_clock(tools, capsys):
    assert build(tools, "--frequency", "60", seed=1) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        "Timing is not met: clk reaches 59.0 MHz of 60.0 MHz; "
        "try more --seeds, or --frequency 58.3333."
    )
    assert not (tools / "out" / "top.bit").exists()


def test_all_seeds_fail(tools, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAILING_SEED", "2")
    assert build(tools) == 1
    assert "nextpnr-ecp5 failed: ERROR: no route; see place.log." in capsys.readouterr().err
    assert (tools / "out" / "place.log").read_text() == "ERROR: no route\n"


CHANGES: list[tuple[str, str]] = []
"""Files that a build has put into a folder or taken out of it, while somebody looks."""
LOOKING = False


def look(event, arguments):
    """Hooks cannot be taken away again, so this one is there once and looks when it is told to."""
    if LOOKING and event == "os.rename":
        CHANGES.append(("put", str(arguments[1])))
    elif LOOKING and event == "os.remove":
        CHANGES.append(("take", str(arguments[0])))


def test_the_report_goes_first_and_comes_last(tools, monkeypatch):
    """Whenever there is a report, the bitstream that it describes lies beside it."""
    out = tools / "out"
    assert build(tools) == 0
    sys.addaudithook(look)
    monkeypatch.setattr(sys.modules[__name__], "LOOKING", True)
    assert build(tools, seed=3) == 0
    monkeypatch.setattr(sys.modules[__name__], "LOOKING", False)
    changes = [(how, os.path.basename(path)) for how, path in CHANGES
               if os.path.dirname(path) == str(out)]  # fmt: skip
    products = {name for name in FRESH_FILES if not name.endswith(".log")}
    taken = [name for how, name in changes if how == "take" and name in products]
    put = [name for how, name in changes if how == "put"]
    assert (taken[0], set(taken)) == ("report.json", products)
    assert (put[-1], set(put)) == ("report.json", {"top.bit", *put})
    last_taken = max(k for k, change in enumerate(changes) if change[0] == "take")
    assert changes[last_taken + 1 :] == [("put", name) for name in put]
    assert products <= set(put)


def test_page_is_whole(tools, tmp_path):
    network = tmp_path / "mine.toml"
    network.write_text("input = [1, 4, 4]\nlayers = [{ outputs = 8 }, { outputs = 4 }]\n"
                       "[training]\nbatch = 4\n")  # fmt: skip
    assert build(tools, "--network", str(network)) == 0
    page = (tools / "out" / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    for part in ("Resources", "Timing", "Modules", "Floorplan", "Memories", "Networks", "Build"):
        assert f"<h2>{part}</h2>" in page
    assert "array → local" in page and "9.00 ns" in page
    assert "mine, batch 4" in page and "mine, limited by the" in page
    assert "place and route" not in page
    assert "<h2>Next step</h2>" in page and "--load" in page
    for outside in ("http:", "https:", "src=", "@import", "<script", "<link"):
        assert outside not in page


def test_two_builds_in_one_folder(tools, capsys):
    with publish(tools / "out", ["report.json"]):
        assert build(tools) == 1
        assert capsys.readouterr().err.strip() == (
            f"Another build is using {tools / 'out'}; "
            "wait until it has ended or choose another --out."
        )
    assert build(tools) == 0


def runs(pid, folder):
    """Whether that process is a tool of the folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(word.startswith(f"{folder}/yosys".encode()) for word in words)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_build_ends_its_tool_and_the_next_one_is_right(tools, number):
    """The tool, which would sleep for a minute, and what the tool has started."""
    command = [sys.executable, "-m", "lls_hw.build", *NANO, "--seed", "2",
               "--out", str(tools / "out")]  # fmt: skip
    slow = os.environ | {"FAKE_SECONDS": "60"}
    with subprocess.Popen(
        command, env=slow, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 300
        while not (tools / "calls").exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        tool = [pid for pid in os.listdir("/proc") if pid.isdecimal() and runs(pid, tools)]
        assert tool
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(60) == 128 + number
    assert [pid for pid in tool if runs(pid, tools)] == []
    assert said.strip().endswith("Interrupted; nothing was written.")
    assert os.listdir(tools / "out") == []
    calls(tools)
    assert build(tools) == 0
    assert calls(tools) == ["yosys", "nextpnr-ecp5", "ecppack"]


def test_the_recorded_command_names_the_networks(tools, tmp_path):
    network = tmp_path / "my own.toml"
    network.write_text("input = [1, 4, 4]\nlayers = [{ outputs = 4 }]\n[training]\nbatch = 4\n")
    assert build(tools, "--network", str(network), "--network", "digits") == 0
    command = report(tools)["command"]
    assert command.endswith(f" --seed 2 --link uart --network '{network}' --network digits")
    assert main(shlex.split(command)[3:] + ["--out", str(tools / "other")]) == 0
    assert json.loads((tools / "other/report.json").read_text())["command"] == command


def test_clocks_are_not_called_used(tools, capsys):
    assert build(tools) == 0
    said = capsys.readouterr().err
    (line,) = [line for line in said.splitlines() if " clk " in line]
    words = [word.strip() for word in line.strip("│").split("│")]
    assert words == ["clk", "60.0 MHz", "61.0 MHz", "+1.7%"]
    heads = [line for line in said.splitlines() if "wanted" in line]
    assert len(heads) == 1 and "reached" in heads[0] and "margin" in heads[0]


def test_without_a_terminal_steps_show_that_they_live(tools, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_SECONDS", "1")
    monkeypatch.setattr("lls_hw.tools.heartbeat.INTERVAL", 0.3)
    assert build(tools) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "so far" in line]
    steps = {line.partition(":")[0] for line in lines}
    assert {"Synthesis", "Place and route", "Bitstream"} <= steps
    assert len([line for line in lines if line.startswith("Synthesis")]) >= 2


def test_a_killed_build_leaves_nothing_that_disturbs(tools):
    left = tools / "out" / ".partial-killed"
    left.mkdir(parents=True)
    (left / "top.il").write_text("half")
    assert build(tools) == 0
    assert sorted(os.listdir(tools / "out")) == FRESH_FILES


@pytest.mark.parametrize("good", [True, False])
def test_loading(tools, monkeypatch, capsys, good):
    script = tools / "openFPGALoader"
    end = "" if good else 'echo "unable to open ftdi device"; exit 1'
    script.write_text(f'#!/bin/sh\necho "$@" >> {tools}/loaded\n{end}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    assert build(tools, "--load") == (0 if good else 1)
    assert (tools / "loaded").read_text() == "--board ulx3s top.bit\n"
    if not good:
        assert "The ULX3S was not loaded: unable to open ftdi device; check" in (
            capsys.readouterr().err
        )


def test_missing_programmer_is_found_out_first(tools, monkeypatch, capsys):
    monkeypatch.setattr("lls_hw.bitstream.loader.Programmer.path", lambda self: None)
    assert build(tools, "--load") == 1
    assert capsys.readouterr().err.strip() == (
        "Loading the ULX3S needs openFPGALoader; install it with `apt install openfpgaloader`."
    )
    assert calls(tools) == []
