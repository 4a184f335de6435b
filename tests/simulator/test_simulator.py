"""The simulated board as a program: start, stop, sharing, and what is missing."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from lls_hw.contract.config import PRESETS, ConfigError
from lls_hw.contract.registers import Register, Space
from lls_hw.driver.device import Device
from lls_hw.driver.errors import LinkClosed, LinkTimeout
from lls_hw.session.board import Board

COMMAND = [sys.executable, "-m", "lls_hw.simulator", "--preset", "tiny"]


def listen_to_interrupts():
    """A shell's background job ignores SIGINT, and so would the programs it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def simulator(*arguments, **options):
    """The program; its port."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=listen_to_interrupts,
        **options,
    ) as process:
        try:
            line = process.stdout.readline()
            yield process, int(line.rsplit(":", 1)[1])
        finally:
            process.kill()


def gone(pid: int) -> bool:
    """Whether no process has that number (or only its parent has yet to notice)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_engine_answers_and_ends_with_the_device():
    with Device.open("sim:tiny") as device:
        pid = device._link._transport._process.pid
        weights = np.random.default_rng(1).integers(-32767, 32768, 4096)
        device.write(Space.WEIGHT, 0, weights)
        device.write(Space.CONTROL, Register.STEP, [41])
        device.write(Space.STATE, 0, [3, 9])
        assert (device.read(Space.WEIGHT, 0, 4096) == weights).all()
        assert device.register(Register.STEP) == 41
        assert device.read(Space.STATE, 0, 2).tolist() == [3, 9]
        assert not gone(pid)
    assert gone(pid)


def test_an_empty_program_runs():
    with Device.open("sim:tiny") as device:
        device.write(Space.PROGRAM, 0, [0] * 8)
        device.run(0)
        device.read(Space.RESULT, 0, 1)
        assert 0 < device.register(Register.CYCLES) < 100


def test_simulator_ends_with_its_parent():
    script = (
        "import time\n"
        "from lls_hw.driver.device import Device\n"
        "device = Device.open('sim:tiny')\n"
        "print(device._link._transport._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    wait_for(lambda: gone(pid))


def test_ctrl_c_leaves_the_board_to_the_program_that_started_it():
    script = (
        "import time\n"
        "from lls_hw.driver.device import Device\n"
        "from lls_hw.contract.registers import Register\n"
        "with Device.open('sim:tiny') as device:\n"
        "    try:\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(60)\n"
        "    except KeyboardInterrupt:\n"
        "        print(hex(device.register(Register.MAGIC)))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listen_to_interrupts,
    ) as program:
        assert program.stdout.readline() == "ready\n"
        os.killpg(program.pid, signal.SIGINT)
        assert program.stdout.read() == "0x4c4c5331\n"
    assert program.returncode == 0


def test_interrupted_compilation_leaves_nothing_behind(tmp_path):
    """Interrupted like a Device.open that waits for it."""
    env = dict(os.environ, XDG_CACHE_HOME=str(tmp_path))
    with subprocess.Popen(
        COMMAND,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
        preexec_fn=listen_to_interrupts,
    ) as process:
        try:
            assert process.stderr.readline().startswith("Compiling the simulated board 'tiny'")
            wait_for(lambda: list(tmp_path.glob("lls-hw/.partial-*")))
        finally:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
    assert sorted(path.name for path in (tmp_path / "lls-hw").iterdir()) == ["lock"]


def processes(folder):
    """Numbers of all processes whose cache lies in the folder."""
    wanted, found = f"XDG_CACHE_HOME={folder}\0".encode(), []
    for number in filter(str.isdecimal, os.listdir("/proc")):
        try:
            environment = Path("/proc", number, "environ").read_bytes()
            if wanted in environment and not gone(int(number)):
                found.append(int(number))
        except OSError:  # it has ended
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_compilation_ends_with_the_program_that_waits_for_it(tmp_path, number):
    """With all compilers, however the program ends."""
    program = [sys.executable, "-m", "lls_hw.train", "--device", "sim:tiny", "--network", "digits"]
    env = dict(os.environ, XDG_CACHE_HOME=str(tmp_path))
    with subprocess.Popen(
        [*program, "--data", "digits"], env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            for line in process.stderr:
                if line.startswith("Compiling the simulated board 'tiny'"):
                    break
            wait_for(lambda: list(tmp_path.glob("lls-hw/.partial-*")), 60)
            assert len(processes(tmp_path)) >= 2
        finally:
            process.send_signal(number)
        wait_for(lambda: not processes(tmp_path), 60)
        assert process.wait(10) == (-number if number == signal.SIGKILL else 128 + number)
    assert sorted(path.name for path in (tmp_path / "lls-hw").iterdir()) == ["lock"]


def test_a_second_compilation_says_that_it_waits(tmp_path):
    (tmp_path / "lls-hw").mkdir()
    env = dict(os.environ, XDG_CACHE_HOME=str(tmp_path))
    with (tmp_path / "lls-hw/lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with subprocess.Popen(COMMAND, stderr=subprocess.PIPE, text=True, env=env) as process:
            said = process.stderr.readline()
            process.terminate()
            assert process.wait(10) == 143
    assert said == "Waiting for the compilation of another simulated board ...\n"


def test_a_served_board_is_known_to_be_simulated():
    """It says so itself, to each host that comes."""
    with simulator() as (_, port):
        for _ in range(2):
            with Board(f"socket://127.0.0.1:{port}") as board:
                assert board.simulated and board.kind == "simulated board"
                assert board.device.statistics.frames_damaged == 0


def test_killed_simulator_is_noticed():
    with Device.open("sim:tiny", timeout=2) as device:
        device._link._transport._process.kill()
        with pytest.raises((LinkClosed, LinkTimeout)):
            device.read(Space.WEIGHT, 0, 1000)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_one_host_after_the_other_until_told_to_stop(number):
    with simulator() as (process, port):
        for value in (5, 6):
            with Device.open(f"socket://127.0.0.1:{port}") as device:
                device.write(Space.CONTROL, Register.STEP, [value])
                assert device.register(Register.STEP) == value
        process.send_signal(number)
        assert process.wait(10) == 0


def test_listens_on_the_loopback_interface_only():
    with simulator() as (process, port):
        listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
        addresses = [line.split()[1] for line in listening if line.split()[3] == "0A"]
        assert [a for a in addresses if a.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_uses_no_time_while_nothing_happens():
    with simulator() as (process, port), Device.open(f"socket://127.0.0.1:{port}") as device:
        device.flush()
        time.sleep(0.5)

        def ticks():
            return sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().split()[13:15]))

        before = ticks()
        time.sleep(0.5)
        assert ticks() - before <= 0.05 * os.sysconf("SC_CLK_TCK")
        device.flush()


def test_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot listen on that port: Address already in use." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--preset", "huge"], 1, "no preset 'huge'; the presets are nano, tiny"),
        (["--port", "70000"], 2, "port 70000 does not exist; choose 0..65535"),
    ],
)
def test_bad_arguments(arguments, status, message):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["g++", "make", "perl"])
def test_missing_tool_is_named(missing, tmp_path):
    """A PATH with everything else, and an empty cache."""
    for tool in {"g++", "make", "perl"} - {missing}:
        (tmp_path / tool).symlink_to("/bin/true")
    env = dict(os.environ, PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    done = subprocess.run(COMMAND, capture_output=True, text=True, env=env)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{missing} was not found; Verilator needs it: install")
    assert len(done.stderr.splitlines()) == 1


def test_unwritable_cache(tmp_path):
    (tmp_path / "file").write_text("")
    env = dict(os.environ, XDG_CACHE_HOME=str(tmp_path / "file"))
    done = subprocess.run(COMMAND, capture_output=True, text=True, env=env)
    assert done.returncode == 1
    assert done.stderr.startswith(f"The cache folder {tmp_path}/file/lls-hw cannot be written")
    assert len(done.stderr.splitlines()) == 1


def test_an_engine_file_is_simulated(tmp_path):
    """One that says the same as a preset, which is compiled already."""
    engine = tmp_path / "mine.toml"
    sizes = PRESETS["tiny"].as_dict()
    engine.write_text("".join(f"{name} = {json.dumps(size)}\n" for name, size in sizes.items()))
    with Device.open(f"sim:{engine}", PRESETS["tiny"]) as device:
        assert device.config == PRESETS["tiny"]
    with pytest.raises(ConfigError, match="mine.toml: rows is 3; it must be a power of two"):
        engine.write_text('preset = "tiny"\nrows = 3\n')
        Device.open(f"sim:{engine}")


def test_unknown_preset_through_the_driver():
    with pytest.raises(ConfigError, match="huge"):
        Device.open("sim:huge")
