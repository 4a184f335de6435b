"""Builds the simulated board's program and keeps it in a cache."""

import fcntl
import hashlib
import importlib.metadata
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from lls_hw.config import Config
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import write_verilog
from lls_hw.verilate import BuildFailed, verilate, version

__all__ = ["board_program", "build", "cache_folder"]

_HARNESS = Path(__file__).with_name("harness.cpp")
_TOP = "system"
_OPTIMISE = "-O2"


def cache_folder() -> Path:
    """Where built programs are kept: $XDG_CACHE_HOME/lls-hw or ~/.cache/lls-hw."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lls-hw"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildFailed(
            f"The cache folder {folder} cannot be written ({error.strerror}); "
            f"set XDG_CACHE_HOME to another folder."
        ) from error
    return folder


def board_program(config: Config, label: str = "") -> Path:
    """The program that simulates the engine of that configuration.

    Unchanged sources and tools lead to it without elaborating the design, which takes seconds.
    """
    identity = f"{config.digest} {_sources()} {version()}"
    folder = cache_folder()
    note = folder / f"sources-{_digest(identity)}"
    if note.exists():
        program = folder / note.read_text()
        if program.exists():
            return program
    program = build(System(config), label)
    note.write_text(program.name)
    return program


def build(system: wiring.Component, label: str = "") -> Path:
    """The program that simulates `system`, a component with the ports of `System`.

    It is built when the design, the harness, or a tool has changed since it was built last.
    `label` names it in the message.
    """
    design = rtlil.convert(system, name=_TOP, emit_src=False)
    folder = cache_folder()
    identity = "\n".join((design, _HARNESS.read_text(), version(), _OPTIMISE))
    program = folder / f"board-{_digest(identity)}"
    if not program.exists():
        with _lock(folder):
            if not program.exists():
                _compile(system, program, label)
    return program


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _sources() -> str:
    """Digest of this package's modules that are loaded, the whole gateware among them."""
    names = sorted(name for name in sys.modules if name.partition(".")[0] == "lls_hw")
    files = [sys.modules[name].__file__ for name in names]
    texts = [Path(file).read_text() for file in files if file is not None]
    texts += [_HARNESS.read_text(), importlib.metadata.version("amaranth")]
    return _digest("\0".join(texts))


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One build at a time: a second one waits, then finds the result of the first."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _compile(system: wiring.Component, program: Path, label: str) -> None:
    print(f"Compiling the simulated board {label}(once, about a minute) ...", file=sys.stderr)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=program.parent) as temporary:
        verilog = Path(temporary) / f"{_TOP}.v"
        verilog.write_text(write_verilog(system, _TOP))
        built = verilate(verilog, _TOP, Path(temporary) / "obj", [_HARNESS], optimise=_OPTIMISE)
        built.replace(program)
    print(f"Compiled in {time.monotonic() - start:.0f} s.", file=sys.stderr)
