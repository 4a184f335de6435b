"""Tools end with whoever runs them, and what they have started ends too."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lls_hw.tools.processes import kill, running

CHILD = "sleep 60 & echo $!; wait"
"""A tool that starts another and says its number."""


def ended(pid):
    """Waits until a process is gone, or only its parent has yet to notice."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def test_an_exception_ends_the_whole_group():
    with pytest.raises(KeyboardInterrupt), running(["sh", "-c", CHILD]) as tool:
        child = int(tool.stdout.readline())
        raise KeyboardInterrupt
    assert tool.returncode == -9 and ended(child)


def test_a_tool_that_ends_by_itself():
    with running(["sh", "-c", "echo out; echo error >&2; cat; exit 3"]) as tool:
        said, _ = tool.communicate()
    assert (said, tool.returncode) == ("out\nerror\n", 3)
    kill(tool)


def test_a_program_ends_when_its_standard_input_closes():
    script = (
        "import time; from lls_hw.tools.command_line import exit_status\n"
        "from lls_hw.tools.processes import end_with_parent\n"
        "def job():\n    end_with_parent(); print('ready', flush=True); time.sleep(60)\n"
        "raise SystemExit(exit_status(job))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    ) as program:  # fmt: skip
        assert program.stdout.readline() == "ready\n"
        program.stdin.close()
        assert program.wait(20) == 143
        assert program.stderr.read() == "Interrupted.\n"
