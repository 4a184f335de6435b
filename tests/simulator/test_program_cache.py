"""The cache of compiled boards: damage heals, what was killed goes away, names may have spaces."""

import os
import shlex
from pathlib import Path

import pytest

from lls_hw.contract.config import preset
from lls_hw.simulator import build as building
from lls_hw.simulator.build import board_program, is_sound
from lls_hw.tools import verilate as verilating
from lls_hw.tools.failures import BuildFailed
from lls_hw.tools.verilate import verilate
from tests.tools.full_disk import full_disk


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of its own, and a compiler that takes no time; its runs are counted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    runs = []

    def compiled(verilog, top, directory, *_, **__):
        runs.append(verilog.read_text()[:10])
        directory.mkdir()
        program = directory / top
        program.write_text("#!/bin/sh\n" + "#" * 9000)
        program.chmod(0o755)
        return program

    monkeypatch.setattr(building, "verilate", compiled)

    # Amaranth would warn of components that nobody elaborates.
    monkeypatch.setattr(building, "System", lambda *_, **__: None)
    monkeypatch.setattr(building, "WithoutReset", lambda system: system)
    monkeypatch.setattr(building, "elaborate", lambda system, top: "design")
    monkeypatch.setattr(building, "verilog_of", lambda design: "verilog")
    monkeypatch.setattr(building, "version", lambda: "1")
    return tmp_path / "lls-hw", runs


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] + path.suffix for path in folder.iterdir())


@pytest.mark.parametrize("damage", ["emptied", "cut", "changed", "not executable", "gone", "a sum"])
def test_a_damaged_program_is_compiled_again(cache, damage):
    folder, runs = cache
    program = board_program(preset("nano"))
    assert program == board_program(preset("nano")) and len(runs) == 1 and is_sound(program)
    if damage == "emptied":
        program.write_bytes(b"")
    elif damage == "cut":
        os.truncate(program, 5000)
    elif damage == "changed":
        program.write_bytes(program.read_bytes()[:-1] + b"!")
    elif damage == "not executable":
        program.chmod(0o644)
    elif damage == "gone":
        program.unlink()
    else:
        program.with_suffix(".sum").write_bytes(b"\xff")
    assert not is_sound(program)
    assert board_program(preset("nano")) == program and is_sound(program) and len(runs) == 2
    assert names(folder) == ["board", "board.sum", "lock", "sources"]


@pytest.mark.parametrize("note", [b"", b"\xff\xfe", b"../../bin/sh", b"board-", b"x" * 5000, b"."])
def test_a_damaged_note_is_written_again(cache, note):
    folder, runs = cache
    program = board_program(preset("nano"))
    (written,) = folder.glob("sources-*")
    written.write_bytes(note)
    assert board_program(preset("nano")) == program and len(runs) == 1
    assert written.read_text() == program.name


def test_what_a_killed_compilation_left_is_removed(cache):
    folder, _ = cache
    (folder / ".partial-abc" / "obj").mkdir(parents=True)
    (folder / ".partial-abc" / "obj" / "system.o").write_bytes(bytes(1000))
    board_program(preset("nano"))
    assert names(folder) == ["board", "board.sum", "lock", "sources"]


def test_a_full_cache(cache):
    folder, _ = cache
    with full_disk(5000), pytest.raises(BuildFailed, match="cannot be written .*; make room, or"):
        board_program(preset("nano"))
    assert names(folder) == ["lock"]


@pytest.mark.parametrize("name", ["a folder", "quote'd", "a:b", "dollar$HOME", "percent%", "#1"])
def test_names_that_make_cannot_take(tmp_path, monkeypatch, name):
    """Every word of a command is a plain name; make works in a folder that has one."""
    commands = []

    def run(command, env):
        assert env["VERILATOR_ROOT"].startswith(os.environ.get("TMPDIR", "/tmp"))
        assert Path(env["VERILATOR_ROOT"], "file").read_text() == "root"
        for word in command:
            assert word == shlex.quote(word) or word.startswith("-")
            assert name not in word
        code = [Path(word) for word in command if word.endswith((".v", ".cpp"))]
        assert [path.read_text() for path in code] == (["verilog", "c++"] if code else [])
        folders = [word[2:] for word in command if word.startswith("-I")]
        assert [os.listdir(folder) for folder in folders] == ([["main.cpp"]] if code else [])
        commands.append(command[0])
        if command[0] == "make":
            obj = Path(command[command.index("-C") + 1])
            obj.mkdir(exist_ok=True)
            (obj / "top").write_text("program")

    monkeypatch.setattr(verilating, "_run", run)
    monkeypatch.setattr(verilating, "version", lambda: "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root, sources, work = (tmp_path / name / part for part in ("root", "sources", "work"))
    for folder, file, text in (
        (root, "file", "root"), (sources, "main.cpp", "c++"), (work, "top.v", "verilog")
    ):  # fmt: skip
        folder.mkdir(parents=True)
        (folder / file).write_text(text)
    monkeypatch.setattr(verilating, "environment", lambda: {"VERILATOR_ROOT": str(root)})
    found = verilate(work / "top.v", "top", work / "obj", [sources / "main.cpp"])
    assert found == work / "obj" / "top" and found.read_text() == "program"
    assert commands == ["verilator", "make"]


def test_the_library_is_compiled_once(tmp_path, monkeypatch):
    """Make finds it, newer than its sources; another version of the tools compiles it again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(verilating, "environment", dict)
    compiled = []

    def run(command, env):
        obj = tmp_path / "obj"
        obj.mkdir(exist_ok=True)
        library = obj / "verilated.o"
        if command[0] == "verilator":
            library.unlink(missing_ok=True)
            (obj / "source").write_text("")
        elif not library.exists():
            compiled.append(command[0])
            library.write_text("code")
        else:
            assert library.read_text() == "code"
            assert library.stat().st_mtime_ns >= (obj / "source").stat().st_mtime_ns

    monkeypatch.setattr(verilating, "_run", run)
    for version, times in (("1", 1), ("1", 1), ("2", 2), ("2", 2)):
        monkeypatch.setattr(verilating, "version", lambda version=version: version)
        verilate(tmp_path / "top.v", "top", tmp_path / "obj", [])
        assert len(compiled) == times


def test_a_folder_for_temporary_files_that_make_cannot_take(tmp_path, monkeypatch):
    monkeypatch.setattr(verilating, "environment", dict)
    (tmp_path / "a folder").mkdir()
    monkeypatch.setattr(verilating.tempfile, "tempdir", str(tmp_path / "a folder"))
    with pytest.raises(BuildFailed, match="set TMPDIR to a folder whose name"):
        verilate(tmp_path / "a b" / "top.v", "top", tmp_path / "a b" / "obj", [])
