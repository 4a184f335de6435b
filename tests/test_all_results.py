"""The list of all results that depend on the gateware."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bench.all as results
from lls_hw.contract.config import PRESETS

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def known(tmp_path, monkeypatch):
    """Two results whose designs cost nothing, and where they are kept."""
    monkeypatch.setattr(results, "FILE", tmp_path / "designs.json")
    monkeypatch.setattr(results, "netlist", lambda design: f"netlist of {design}")
    script = "import pathlib, sys; pathlib.Path(sys.argv[1], 'made').touch()"
    good = results.Result("good", f'python -c "{script}" DIR', ("nano",), 1)
    bad = results.Result("bad", "python -c raise(SystemExit(3))", ("nano", "tiny"), 2)
    monkeypatch.setattr(results, "ALL", (bad, good))
    return tmp_path


def call(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["all.py", *map(str, words)])
    return results.main()


def test_results_are_there_and_name_what_exists():
    for result in results.ALL:
        files = [*BENCH.rglob(f"{result.name}.json"), *BENCH.rglob(f"{result.name}.md")]
        assert files, result.name
        assert set(result.designs) <= {*PRESETS, "usb"}
        script = result.command.split()[1]
        assert script.startswith("-m") or (BENCH.parent / script).is_file(), result.command


def test_makes_what_is_old_and_keeps_what_succeeded(known, monkeypatch, capfd):
    assert call(monkeypatch, known) == 1
    assert (known / "made").exists()
    assert list(json.loads(results.FILE.read_text())) == ["good"]
    assert "failed: bad" in capfd.readouterr().err


def test_what_is_of_the_present_gateware_is_left_alone(known, monkeypatch):
    assert call(monkeypatch, "--made", "good", "bad") == 0
    assert call(monkeypatch, known) == 0
    assert not (known / "made").exists()
    monkeypatch.setattr(results, "netlist", lambda design: "another netlist")
    assert call(monkeypatch, known, "good") == 0
    assert (known / "made").exists()


def test_only_what_exists_is_asked_for(known, monkeypatch, capsys):
    for words, said in [((known, "none"), "no result 'none'"), ((), "no folder")]:
        with pytest.raises(SystemExit):
            call(monkeypatch, *words)
        assert said in capsys.readouterr().err


def test_the_usb_device_is_the_same_design_in_every_run():
    """Sets have another order in each, and clock domains are kept in sets."""
    command = [sys.executable, "-c", "import bench.all as a; print(a.netlist('usb'))"]
    said = {
        subprocess.run(
            command,
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=BENCH.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "3")
    }
    assert len(said) == 1 and said != {""}
