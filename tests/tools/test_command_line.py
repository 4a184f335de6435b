"""How commands end."""

import gc
import importlib
import os
import signal
import subprocess
import sys
import time
import warnings
from types import SimpleNamespace

import pytest
from amaranth import UnusedElaboratable

import lls_hw.__main__ as commands
from lls_hw.errors import LlsError
from lls_hw.gateware.memory.ram import Ram
from lls_hw.tools.command_line import Ended, exit_status
from lls_hw.tools.packages import install


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (None, 0, ""),
        (LlsError("Install it with `pip install 'x[build]'`."), 1,
         "Install it with `pip install 'x[build]'`.\n"),
        (ModuleNotFoundError(name="PIL.Image"), 1,
         f"This needs pillow, which is not installed; run: {install('pillow')}.\n"),
        (Ended(signal.SIGTERM), 143, "Interrupted; all is well.\n"),
        (KeyboardInterrupt(), 130, "Interrupted; all is well.\n"),
    ],
)  # fmt: skip
def test_exit_status(raised, status, said, capsys):
    def job():
        if raised:
            raise raised

    assert exit_status(job, "Interrupted; all is well.") == status
    assert capsys.readouterr().err == said


def test_an_interrupt_while_a_command_is_loaded(monkeypatch, capsys):
    """The system ends the program, so that no import makes a traceback of it; later it says so."""
    seen = []

    def interrupted(*_, **__):
        seen.append(signal.getsignal(signal.SIGINT))
        raise KeyboardInterrupt

    def loaded(name):
        seen.append(signal.getsignal(signal.SIGINT))
        return SimpleNamespace(main=interrupted)

    monkeypatch.setattr(commands, "_module", loaded)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert commands.main(["train"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIG_DFL, signal.default_int_handler]
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize("module", ["lls_hw.train", "lls_hw.doctor", "lls_hw"])
def test_an_interrupt_while_python_loads_a_module(module, tmp_path):
    """A package that is imported early takes long, and says so."""
    (tmp_path / "argparse.py").write_text("print(flush=True); import time; time.sleep(60)")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-m", module], env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == ""
    assert process.returncode == -signal.SIGINT


def test_interrupts_are_noticed_after_loading():
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        assert exit_status(lambda: signal.raise_signal(signal.SIGINT)) == 130
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_command(number, capsys):
    """What the job has begun is undone; afterwards the signal does what it did before."""
    undone = []

    def job():
        try:
            os.kill(os.getpid(), number)
            time.sleep(60)
        finally:
            undone.append(True)

    before = signal.getsignal(number)
    assert exit_status(job) == 128 + number
    assert undone and signal.getsignal(number) == before
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_signal_that_is_ignored_remains_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert exit_status(lambda: os.kill(os.getpid(), signal.SIGHUP)) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reader_that_has_seen_enough():
    """As in `lls-hw predict ... | head -1`: no traceback."""
    script = (
        "from lls_hw.tools.command_line import exit_status\n"
        "raise SystemExit(exit_status(lambda: print('row\\n' * 100_000)))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout.readline() == "row\n"
        program.stdout.close()
        assert program.stderr.read() == ""
        assert program.wait(20) == 141


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raise LlsError('Do [this].')", "Do [this]."),
        (
            "raise ModuleNotFoundError(name='PIL.Image')",
            "This needs pillow, which is not installed",
        ),
        ("import no_such_module", "Traceback (most recent call last):"),
        ("1 // 0", "Traceback (most recent call last):"),
    ],
)
def test_scripts_say_errors(line, said):
    script = (
        "from lls_hw.errors import LlsError\n"
        "from lls_hw.tools.command_line import say_errors\n"
        f"say_errors()\n{line}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0].startswith(said)
    assert len(lines) == 1 or "Traceback" in said


def test_other_errors_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 // 0)
    with pytest.raises(ModuleNotFoundError):
        exit_status(lambda: importlib.import_module("no_such_module"))


def test_an_interrupted_design_is_no_reason_to_warn(monkeypatch, capsys):
    # As Amaranth sets it once a design is being elaborated.
    monkeypatch.setattr(UnusedElaboratable, "_MustUse__silence", False, raising=False)

    def job():
        _ = Ram(8, 4)  # what Amaranth calls unused
        raise Ended(signal.SIGTERM)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert exit_status(job) == 143
        gc.collect()
    assert seen == []
    with pytest.warns(UnusedElaboratable):
        Ram(8, 4)
        gc.collect()
