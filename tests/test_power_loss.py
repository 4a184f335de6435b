"""The power goes in the middle of training with weights outside: the checkpoint is whole."""

import signal
import subprocess
import sys
import time

import pytest

from lls_hw.driver.checkpoint import load_checkpoint
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.train import main
from tests.engine_file import address_of
from tests.golden.test_outside import CONFIG

pytest.importorskip("sklearn")
DEADLINE = 600
EPOCHS, IMAGES, BATCH = 3, 96, 16
NETWORK = """
input = [1, 8, 8]
layers = [{ outputs = 320 }, { outputs = 64 }, { outputs = 10 }]
[training]
batch = 16
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Address of a simulated board whose weights lie outside."""
    return address_of(CONFIG, tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """What `train` is told, but for the device."""
    network = tmp_path_factory.mktemp("network") / "network.toml"
    network.write_text(NETWORK)
    assert compile_network(load_network(str(network)), CONFIG, BATCH).plan.windows
    return [
        "--network", str(network), "--data", "digits", "--limit", str(IMAGES), "--test-limit",
        "16", "--epochs", str(EPOCHS),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(command, engine, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "state"
    assert main(["--device", engine, *command, "--checkpoint", str(path)]) == 0
    return load_checkpoint(path)


def board(engine):
    """A simulated board of its own, and where it is."""
    served = ["--engine", engine.removeprefix("sim:"), "--with-parent"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lls_hw.simulator", *served],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    port = process.stdout.readline().rsplit(":", 1)[1].strip()
    return process, f"socket://127.0.0.1:{port}"


@pytest.mark.parametrize("goes", ["board", "board and host"])
def test_kill_and_resume(goes, command, engine, uninterrupted, tmp_path):
    """Killed after the first epoch's checkpoint, within the second; resumed on a fresh board."""
    path = tmp_path / "state"
    power, url = board(engine)
    host = subprocess.Popen(
        [sys.executable, "-m", "lls_hw.train", "--device", url, *command, "--checkpoint", path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + DEADLINE
        while not path.exists():
            assert host.poll() is None and time.monotonic() < end
            time.sleep(0.01)
        power.send_signal(signal.SIGKILL)
        if goes != "board":
            host.send_signal(signal.SIGKILL)
        said = host.communicate(timeout=DEADLINE)[1]
    finally:
        for process in (power, host):
            with process:  # closes its pipes
                process.kill()
    if goes == "board":
        assert host.returncode == 1
        assert "open it again" in " ".join(said.split())
    left = load_checkpoint(path)
    steps = IMAGES // BATCH
    assert left.step % steps == 0 and 0 < left.step < EPOCHS * steps == uninterrupted.step
    assert main(["--device", engine, *command, "--checkpoint", str(path), "--resume"]) == 0
    ended = load_checkpoint(path)
    assert (ended.step, ended.shifts) == (uninterrupted.step, uninterrupted.shifts)
    for seen, expected in zip(ended.weights, uninterrupted.weights, strict=True):
        assert (seen == expected).all()
