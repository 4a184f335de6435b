"""Files that users keep are whole, old or new, whatever happens while they are written."""

import ast
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bench.style import ROOT, sources
from lls_hw.adapt import picture as adaptation
from lls_hw.contract.config import preset
from lls_hw.driver.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from lls_hw.errors import LlsError
from lls_hw.network.file import load_network
from lls_hw.paper import costs, reproduce
from lls_hw.paper.cells import Cell
from lls_hw.paper.results import CellFiles, ResultFile
from lls_hw.program import picture
from lls_hw.program.compiler import compile_network
from lls_hw.tools.files import replace_file
from lls_hw.tools.results import check_outputs, write_json
from tests.tools.full_disk import full_disk

RESULT = ROOT / "bench/results/reproduce/mnist-smallconv-bp-plain-seed0.json"


def write_checkpoint(folder):
    save_checkpoint(folder / "state", TrainingState([np.zeros((40, 40), np.int16)], [0]))


def write_results(folder):
    write_json(folder / "results.json", {"numbers": list(range(200))}, "program", None)


def write_plan(folder):
    program = compile_network(load_network("digits"), preset("small"), 8)
    picture.draw(program, folder / "plan.png")


def write_adaptation(folder):
    points = [{"images": n, "shifted": 0.5, "original": 0.9} for n in (0, 100)]
    results = {"curve": points, "from_scratch": points, "before": 0.5, "after": 0.6}
    results |= {"shift": "rotated", "network": "digits", "data": "digits"}
    pictures = SimpleNamespace(pictures=np.zeros((2, 1, 8, 8)))
    adaptation.draw(folder / "adaptation.png", results, pictures)


def write_costs(folder):
    arguments = ["--json", str(folder / "costs.json"), "--plot", str(folder / "costs.png")]
    if costs.main([*arguments, "--markdown"]):
        raise LlsError("said on stderr")


def write_report(folder):
    if not (folder / RESULT.name).exists():
        shutil.copy(RESULT, folder / RESULT.name)
    if reproduce.main(["--report", "--out", str(folder)]):
        raise LlsError("said on stderr")


def write_page(folder):
    if costs.main(["--page", str(folder / "page.md"), "--markdown"]):
        raise LlsError("said on stderr")


def write_cell(folder):
    """Results and state of a cell of the paper; the model is one number."""
    cell = Cell(data="cifar10", model="smallconv", rule="bp")
    model = SimpleNamespace(state=lambda: {"weight": torch.zeros(900)})
    optimisers = SimpleNamespace(state=lambda: ({}, {}))
    CellFiles(folder, cell).save(ResultFile(cell.settings()), model, optimisers)


OLD = "old\n<!-- table costs -->\n<!-- end -->\n"
"""All files before; `write_page` finds the place for its text in it."""
WRITERS = {
    "checkpoint": (write_checkpoint, ["state"]),
    "results": (write_results, ["results.json"]),
    "plan": (write_plan, ["plan.png"]),
    "adaptation": (write_adaptation, ["adaptation.png"]),
    "costs": (write_costs, ["costs.json", "costs.png"]),
    "page": (write_page, ["page.md"]),
    "report": (
        write_report,
        ["results.md", "curves-smallconv-mnist-not-augmented-60-000-images.png", "table.png"],
    ),
    "cell": (
        write_cell, ["cifar10-smallconv-bp-seed0.safetensors", "cifar10-smallconv-bp-seed0.json"],
    ),
}  # fmt: skip
"""Who writes which files, in this order."""


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_whole_files(name, tmp_path, capsys):
    """There is room for half of one file, for each file in turn: all are old or new, none half."""
    write, files = WRITERS[name]

    def content():
        return {file: (tmp_path / file).read_bytes() for file in files}

    for file in files:
        (tmp_path / file).write_text(OLD)
    write(tmp_path)
    new, names = content(), sorted(path.name for path in tmp_path.iterdir())
    for room in {len(data) // 2 for data in new.values()}:
        for file in files:
            (tmp_path / file).write_text(OLD)
        with full_disk(room), pytest.raises(LlsError):
            write(tmp_path)
        expected, fits = {}, True
        for file in files:
            fits &= len(new[file]) <= room
            expected[file] = new[file] if fits else OLD.encode()
        assert content() == expected
        assert sorted(path.name for path in tmp_path.iterdir()) == names
    capsys.readouterr()


def test_a_new_checkpoint_does_not_touch_the_old_one_until_it_is_complete(tmp_path):
    path = tmp_path / "state"
    save_checkpoint(path, TrainingState([np.full((40, 40), 7, np.int16)], [3], step=1))
    with full_disk(1000), pytest.raises(LlsError, match="state cannot be written"):
        save_checkpoint(path, TrainingState([np.zeros((40, 40), np.int16)], [3], step=2))
    again = load_checkpoint(path)
    assert again.step == 1 and (again.weights[0] == 7).all()


def test_an_error_names_the_file(tmp_path):
    for path in (tmp_path / "no" / "file", tmp_path):
        with pytest.raises(OSError) as caught:
            replace_file(path, "text")
        assert caught.value.filename == str(path)
    with full_disk(100), pytest.raises(OSError) as caught:
        replace_file(tmp_path / "file", bytes(1000))
    assert caught.value.filename == str(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_several_write_the_same_file(tmp_path):
    """Simulators that start at once note what they found; each file is complete."""
    path, contents = tmp_path / "file", [str(n) * 100_000 for n in range(8)]
    with ThreadPoolExecutor(len(contents)) as pool:
        written = [pool.submit(replace_file, path, content) for content in contents * 10]
    assert [task.exception() for task in written] == [None] * len(written)
    assert path.read_text() in contents
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("write", [replace_file, lambda path, text: write_checkpoint(path.parent)])
def test_a_link_in_the_way_is_not_written_through(tmp_path, write):
    """Whoever may write to the folder cannot name another file for us to overwrite."""
    secret = tmp_path / "secret"
    secret.write_text("mine")
    for name in ("file", "state"):
        link = tmp_path / f"{name}.{os.getpid()}-{get_ident()}.partial"
        link.symlink_to(secret)
    write(tmp_path / "file", "new")
    assert secret.read_text() == "mine"
    (written,) = {"file", "state"} & {path.name for path in tmp_path.iterdir()}
    assert not (tmp_path / written).is_symlink()


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    """Ctrl-C before the file takes its place."""
    path = tmp_path / "file"
    replace_file(path, OLD)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lls_hw.tools.files.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, "new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", OLD)]


DIRECT = {
    "bench/blocks.py": {"(folder / 'top.il').write_text"},
    "bench/resources.py": {"(folder / 'top.il').write_text"},
    "bench/sdram.py": {"(folder / 'top.il').write_text"},
    "bench/up5k.py": {"(folder / 'top.il').write_text"},
    "lls_hw/bitstream/core.py": {"(work / 'design.json').write_text", "(work / name).write_text"},
    "lls_hw/bitstream/ecp5.py": {
        "(folder / 'top.lpf').write_text", "(folder / 'floorplan.json').write_text",
    },
    "lls_hw/bitstream/ice40.py": {
        "(folder / 'top.pcf').write_text", "(folder / 'top.mhz').write_text",
    },
    "lls_hw/bitstream/page/report.py": {"(folder / 'report.html').write_text"},
    "lls_hw/bitstream/steps.py": {"(folder / log).open"},
    "lls_hw/bitstream/xilinx.py": {
        "(folder / 'top.xdc').write_text", "(folder / 'vivado.tcl').write_text",
        "script.write_text",
    },
    "lls_hw/bitstream/board.py": {
        "(work / 'design.json').write_text", "(work / 'report.json').write_text",
        "file.write_text",
    },
    "bench/usb.py": {"(Path(folder) / 'usb.il').write_text"},
    "lls_hw/datasets/download.py": {"partial.open"},
    "lls_hw/explore/job.py": {"(folder / LOG).open"},
    "lls_hw/simulator/build.py": {"(folder / 'lock').open", "verilog.write_text"},
    "lls_hw/simulator/sdram_controller.py": {"verilog.write_text"},
    "lls_hw/tools/cache.py": {"tarfile.open"},
    "lls_hw/tools/files.py": {"partial.write_bytes", "target.write_bytes", "figure.savefig"},
}  # fmt: skip
"""What writes by itself: to a folder that appears or goes away as a whole, a part-file, a pipe."""


def _writes(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return name in ("write_text", "write_bytes", "savefig") or (
        name == "open" and any(mode[:1] in ("w", "a", "x") for mode in modes)
    )


def test_all_other_files_are_replaced_whole():
    found: dict[str, set[str]] = {}
    for folder in ("lls_hw", "golden", "boards", "bench", "docs"):
        for source in sources(ROOT / folder):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and _writes(node):
                    found.setdefault(source.name, set()).add(ast.unparse(node.func))
    assert found == DIRECT


def _with_encoding(call: ast.Call) -> bool:
    """Whether a call that writes a file writes bytes, or says how it encodes text."""
    name, named = ast.unparse(call.func).rpartition(".")[2], {word.arg for word in call.keywords}
    if name == "write_text":
        return len(call.args) == 2 or "encoding" in named
    modes = "".join(ast.unparse(argument) for argument in call.args[-1:])
    return name != "open" or "encoding" in named or "b" in modes or ":gz" in modes


def test_texts_are_utf8_in_every_locale():
    """A page with a µ in it must not depend on how somebody's terminal is set up."""
    for folder in ("lls_hw", "golden", "boards"):
        for source in sources(ROOT / folder):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and _writes(node):
                    assert _with_encoding(node), f"{source.name}: {ast.unparse(node)}"


def test_a_link_keeps_leading_to_its_file(tmp_path):
    (tmp_path / "run.json").write_text("old")
    (tmp_path / "last").symlink_to("run.json")
    replace_file(tmp_path / "last", "new")
    assert (tmp_path / "last").is_symlink()
    assert (tmp_path / "run.json").read_text() == "new"


def test_a_pipe_is_written_to(tmp_path):
    """What is no file must not become one: think of /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit((tmp_path / "pipe").read_text)
        replace_file(tmp_path / "pipe", "text")
        assert read.result(timeout=10) == "text"
    assert (tmp_path / "pipe").is_fifo()


def test_outputs_are_checked_by_writing(tmp_path):
    """Before hours of work, and nothing is left of it."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "astray").symlink_to("nowhere/file")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(os.listdir(tmp_path))
    check_outputs(tmp_path / "new", tmp_path / "link", tmp_path / "pipe", tmp_path / ("x" * 200))
    for name, said in (
        ("loop", "Too many levels of symbolic links"),
        ("astray", "No such file or directory"),
        ("x" * 300, "File name too long"),
        ("link/file", "is not a folder"),
        ("nowhere/file", "is not a folder"),
        (".", "is a folder"),
    ):
        with pytest.raises(LlsError, match=f"{said}.*; choose|; choose.*{said}"):
            check_outputs(tmp_path / name)
    with full_disk(100), pytest.raises(LlsError, match="new cannot be written .File too large"):
        check_outputs(tmp_path / "new")
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("backend", ["nonsense", "module://"])
def test_a_backend_of_another_environment(tmp_path, backend):
    """It is refused before the work, unless it does not matter for a file."""
    script = (
        "from pathlib import Path\nfrom lls_hw.tools.command_line import exit_status\n"
        "from lls_hw.tools.results import check_picture\n"
        f"raise SystemExit(exit_status(lambda: check_picture(Path({str(tmp_path / 'a.png')!r}))))"
    )
    env = dict(os.environ, MPLBACKEND=backend)
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert done.returncode == (backend == "nonsense")
    lines = done.stderr.splitlines()
    assert len(lines) == done.returncode
    assert all(line.endswith("unset MPLBACKEND, which is 'nonsense'.") for line in lines)


def test_one_file_for_two_outputs(tmp_path):
    file, same = tmp_path / "run", tmp_path / "other" / ".." / "run"
    (tmp_path / "other").mkdir()
    check_outputs(file, None, tmp_path / "run.json")
    with pytest.raises(LlsError, match="is named for two outputs; choose another file"):
        check_outputs(file, None, same)
