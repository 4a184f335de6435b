"""The whole command on a local cluster, with builds that take no time."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from lls_hw.explore import run
from lls_hw.explore.__main__ import main
from lls_hw.explore.cluster import client_of
from lls_hw.explore.job import built
from lls_hw.explore.points import Point
from lls_hw.explore.store import Store
from lls_hw.explore.training import trained
from lls_hw.network.file import load_network
from lls_hw.tools.packages import install
from tests.explore.fake_builds import called, environment
from tests.explore.test_page import point

ENGINES = ["nano", "tiny", "small"]
SECONDS = 240
"""Until something that hangs is a failure."""


@pytest.fixture
def env(tmp_path, monkeypatch):
    return environment(tmp_path, monkeypatch)


def words(out, seeds=range(1, 9)):
    """A command line of 24 points."""
    chosen = [word for name in ENGINES for word in ("--engine", name)]
    chosen += [word for seed in seeds for word in ("--seed", str(seed))]
    return [*chosen, "--network", "digits", "--jobs", "2", "--out", str(out)]


def started(tmp_path, env, **more):
    command = [sys.executable, "-m", "lls_hw", "explore", *words(tmp_path / "out")]
    return subprocess.Popen(
        command, env=env | more, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip


def results(out):
    return sorted((out / "results").glob("*.json"))


def alive(group):
    """Processes of a session, zombies left out."""
    found = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "-s", str(group)], capture_output=True, text=True
    )
    return [line for line in found.stdout.splitlines() if line.split()[1][0] != "Z"]


def until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def killed(tmp_path, env, number, **more):
    """Status and last words of an exploration that gets a signal in the middle; nothing is left."""
    process = started(tmp_path, env, FAKE_SECONDS="0.1", **more)
    until(lambda: len(results(tmp_path / "out")) >= 4)
    process.send_signal(number)
    _, said = process.communicate(timeout=SECONDS)
    until(lambda: not alive(process.pid))
    return process.returncode, said


def test_killed_in_the_middle_and_resumed(tmp_path, env):
    """Only builds in hand are lost, no process is left, and failures are rows."""
    out = tmp_path / "out"
    failing = {"FAKE_FAILING_SEED": "7", "FAKE_CRASHING_SEED": "8"}
    assert killed(tmp_path, env, signal.SIGKILL, **failing)[0] == -signal.SIGKILL
    kept = {file.name: file.read_text() for file in results(out)}
    assert 4 <= len(kept) < 24 and all(json.loads(text) for text in kept.values())
    first = called(tmp_path)

    process = started(tmp_path, env, **failing)
    printed, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert printed == f"{out / 'explore.html'}\n"
    assert f"{len(kept)} of 24 results kept from an earlier run." in said
    again = called(tmp_path)
    assert len(again) == 24 - len(kept) and len(first) <= len(kept) + 2
    assert {name: (out / "results" / name).read_text() for name in kept} == kept
    found = json.loads((out / "explore.json").read_text())
    assert len(found["points"]) == 24 and {one["engine"] for one in found["samples"]} == {*ENGINES}
    errors = [one["error"] for one in found["points"] if one["error"]]
    assert (
        errors
        == ["Timing is not met: clk reaches 59 MHz."] * 3
        + ["IndexError: list index out of range"] * 3
    )


def test_ctrl_c(tmp_path, env):
    status, said = killed(tmp_path, env, signal.SIGINT)
    assert status == 130
    assert said.splitlines()[-1].startswith("Interrupted; what has been built is kept: the same")


def test_what_is_tried_again(tmp_path, env, monkeypatch, capsys):
    """A build that failed for want of something is; what its design made fail is not. Changed
    sources build everything anew."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(run, "client_of", here)
    monkeypatch.setattr(run, "outcomes", at_once)
    out = tmp_path / "out"
    monkeypatch.setenv("FAKE_CRASHING_SEED", "1")
    monkeypatch.setenv("FAKE_FAILING_SEED", "2")
    few = words(out, seeds=(1, 2, 3))
    assert main(few) == 0
    assert len(called(tmp_path)) == 9
    monkeypatch.delenv("FAKE_CRASHING_SEED")
    monkeypatch.delenv("FAKE_FAILING_SEED")
    assert main(few) == 0
    assert called(tmp_path) == ["nano 1", "tiny 1", "small 1"]
    assert main(few) == 0
    assert called(tmp_path) == []
    monkeypatch.setattr("lls_hw.explore.identity.source_digest", lambda *packages: "new")
    assert main(words(out, seeds=(3,))) == 0
    assert len(called(tmp_path)) == 3
    capsys.readouterr()


class here:
    """In place of a cluster."""

    def __init__(self, scheduler, jobs):
        assert scheduler is None and jobs == 2

    def __enter__(self):
        return None

    def __exit__(self, *_):
        return None


def at_once(client, jobs):
    for job in jobs:
        yield job.key, job.function(*job.arguments)


def test_a_lost_worker_is_replaced(tmp_path):
    """Its job goes to another one."""
    with client_of(None, 2) as client:
        future = client.submit(_dies_once, str(tmp_path / "died"), pure=False)
        assert future.result(timeout=SECONDS) == "done"
    assert (tmp_path / "died").exists()


def _dies_once(mark):
    if not os.path.exists(mark):
        os.close(os.open(mark, os.O_CREAT))
        os._exit(1)
    return "done"


def test_a_worker_with_other_sources_builds_nothing(env, monkeypatch, tmp_path):
    data = point().as_dict()
    assert Point.of(json.loads(json.dumps(data))) == point()
    outcome = built(data, None, {"sources": "others", "board": "another", "tools": {}})
    assert not outcome["final"]
    assert outcome["error"].startswith("The worker's sources and board and tools differ from this")
    assert called(tmp_path) == []


def test_a_network_that_does_not_fit_is_a_row(tmp_path, env, monkeypatch, capsys):
    monkeypatch.setattr(run, "client_of", here)
    monkeypatch.setattr(run, "outcomes", at_once)
    monkeypatch.setenv("PYTHONPATH", env["PYTHONPATH"])
    out = tmp_path / "out"
    line = ["--engine", "nano", "--engine", "small", "--network", "tinyconv"]
    assert main([*line, "--seed", "1", "--seed", "2", "--seed", "3", "--jobs", "2",
                 "--out", str(out)]) == 0  # fmt: skip
    found = json.loads((out / "explore.json").read_text())["points"]
    assert {(one["point"]["engine"], bool(one["error"])) for one in found} == {
        ("nano", True), ("small", False)
    }  # fmt: skip
    capsys.readouterr()


def test_training_gives_the_accuracy(tmp_path):
    from lls_hw.datasets.names import load_data

    data = load_data("digits", held_out=0.2)
    outcome = trained(load_network("digits"), 8, data, 1, 0)
    assert outcome["accuracy"] > 0.7
    wrong = trained(load_network("mlp"), 8, data, 1, 0)
    assert not wrong["final"] and "they must be 1 x 28 x 28" in wrong["error"]


WRONG = {
    "": "There is nothing to build; give --engine, or --network for engines.",
    "--engine nano --fitted 2": "--fitted is 2, but for no network; add --network.",
    "--engine nano --train digits": "there is no network to train; add --network.",
    "--engine nano --frequency 81.3": "81.3 MHz cannot be made from the board's 25 MHz",
    "--engine nano --engine nano": "Two engines are called 'nano'; name one file otherwise.",
    "--engine huge": "There is no preset 'huge'",
    "--engine nano --network digits --network mlp --train digits": "images of the sizes (1, 8, 8)",
    "--engine nano --scheduler tcp://127.0.0.1:9": "No Dask scheduler answers at 'tcp://127.0.0.1",
    "--engine nano --scheduler nonsense": "No Dask scheduler answers at 'nonsense'",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_gets_one_sentence(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lls_hw.explore.cluster._PATIENCE", 0.5)
    assert main(line.split()) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert WRONG[line] in said


def test_without_dask(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["--engine", "nano"]) == 1
    said = capsys.readouterr().err
    assert said == f"Exploring needs Dask, which is not installed; run: {install('distributed')}.\n"
    assert not (tmp_path / "build").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot be written .*; choose another --out"):
        Store(tmp_path / "file")
