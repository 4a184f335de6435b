"""Builds the simulated board's program and keeps it in a cache."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from lls_hw.gateware.verilog import write_verilog
from lls_hw.verilate import verilate, version

__all__ = ["build", "cache_folder"]

_HARNESS = Path(__file__).with_name("harness.cpp")
_TOP = "system"
_OPTIMISE = "-O2"


def cache_folder() -> Path:
    """Where built programs are kept: $XDG_CACHE_HOME/lls-hw or ~/.cache/lls-hw."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lls-hw"


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One build at a time: a second one waits, then finds the result of the first."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(system: wiring.Component, label: str = "") -> Path:
    """The program that simulates `system`, a component with the ports of `System`.

    It is built when the design, the harness, or a tool has changed since it was built last.
    `label` names it in the message.
    """
    design = rtlil.convert(system, name=_TOP, emit_src=False)
    identity = "\n".join((design, _HARNESS.read_text(), version(), _OPTIMISE))
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"board-{hashlib.sha256(identity.encode()).hexdigest()[:24]}"
    if program.exists():
        return program
    with _lock(folder):
        if not program.exists():
            _compile(system, program, label)
    return program


def _compile(system: wiring.Component, program: Path, label: str) -> None:
    print(f"Compiling the simulated board {label}(once; a few minutes) ...", file=sys.stderr)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=program.parent) as temporary:
        verilog = Path(temporary) / f"{_TOP}.v"
        verilog.write_text(write_verilog(system, _TOP))
        built = verilate(verilog, _TOP, Path(temporary) / "obj", [_HARNESS], optimise=_OPTIMISE)
        partial = Path(temporary) / "program"
        shutil.copy2(built, partial)
        partial.replace(program)
    print(f"Compiled in {time.monotonic() - start:.0f} s.", file=sys.stderr)
