"""A simulated board with a memory in place of the engine; it compiles in seconds."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from lls_hw.contract.config import preset
from lls_hw.gateware.system import System
from lls_hw.simulator.build import build
from tests.link.fake_core import FakeCore

__all__ = ["CONFIG", "memory_board"]

CONFIG = preset("tiny")


@contextmanager
def memory_board() -> Iterator[int]:
    """Starts one; gives its port."""
    program = build(System(CONFIG, FakeCore()), "with a memory ")
    process = subprocess.Popen(
        [program, "0", "--with-parent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield int(process.stdout.readline().rsplit(":", 1)[1])
        process.stdin.close()
        process.wait(timeout=10)
