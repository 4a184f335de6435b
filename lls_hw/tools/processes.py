"""Tools that end with the program that runs them, together with all that they start."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["end_with_parent", "kill", "running"]


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A tool in a process group of its own, with its output and errors in one pipe of text.

    The group is killed if the block ends with an exception, Ctrl-C among them. `options` are those
    of `subprocess.Popen`.
    """
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", errors="replace", process_group=0, **options,
    ) as process:  # fmt: skip
        try:
            yield process
        except BaseException:
            kill(process)
            raise


def kill(process: "subprocess.Popen[str]") -> None:
    """Kills a tool of `running` that has not ended, and what it has started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def end_with_parent() -> None:
    """Ends this program, by SIGTERM, when its standard input closes.

    Whoever started it holds the other end, and writes nothing.
    """

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 256):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
