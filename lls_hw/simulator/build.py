"""Builds the simulated board's program and caches it."""

import fcntl
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from amaranth.lib import wiring

from lls_hw.contract.config import Config
from lls_hw.contract.frames import FLAG, GREETING, OCCUPIED
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.memory import SdramMemory
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate, verilog_of
from lls_hw.gateware.without_reset import WithoutReset
from lls_hw.simulator.sdram import model_settings, simulated_sdram
from lls_hw.tools.cache import cache_folder, digest, sources
from lls_hw.tools.failures import BuildFailed
from lls_hw.tools.files import replace_file
from lls_hw.tools.verilate import verilate, version

__all__ = ["board_program", "build", "compile_board", "is_sound"]

_HARNESS = Path(__file__).with_name("harness.cpp")
_MODELS = (Path(__file__).with_name("sdram.hpp"), Path(__file__).with_name("sdram_settings.hpp"))
_TEXTS = {"LLS_GREETING": GREETING, "LLS_OCCUPIED": OCCUPIED}
_TOP = "system"
_PARTIAL = ".partial-"
_NAME = re.compile("board-[0-9a-f]+")
"""Of a compiled board in the cache."""
_OPTIMISE = "-O1"
"""As fast as -O2, within 3 %, and compiled in two thirds of the time."""


def board_program(config: Config, label: str = "") -> Path:
    """The program that simulates the engine of that configuration.

    If sources and tools are unchanged, it is found without elaborating the design, which takes
    seconds.
    """
    folder = cache_folder()
    identity = digest(str(config.digest), sources("lls_hw"), _harness(), version())
    note = folder / f"sources-{identity}"
    noted = _noted(note)
    if noted is not None and is_sound(noted):
        return noted
    sdram = simulated_sdram(config)
    system = System(config, memory=SdramMemory(sdram) if sdram else None)
    program = build(system, label, sdram)
    with _writing(folder):
        replace_file(note, program.name)
    return program


def _noted(note: Path) -> Path | None:
    """The program that a note names; None if there is no note, or it is damaged."""
    try:
        name = note.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return note.with_name(name) if _NAME.fullmatch(name) else None


def is_sound(program: Path) -> bool:
    """Whether a program in the cache is still what was compiled: it is neither damaged nor gone."""
    try:
        kept = _checksum(program).read_text("utf-8")
        return kept == digest(program.read_bytes()) and os.access(program, os.X_OK)
    except (OSError, UnicodeDecodeError):
        return False


def _checksum(program: Path) -> Path:
    return program.with_suffix(".sum")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """BuildFailed if the cache cannot be written, as on a full disk."""
    try:
        yield
    except OSError as error:
        raise BuildFailed(
            f"The cache folder {folder} cannot be written ({error.strerror}); make room, or set "
            "XDG_CACHE_HOME to another folder."
        ) from error


def _harness() -> str:
    """All C++ that a simulated board is made of."""
    return "".join(path.read_text("utf-8") for path in (_HARNESS, *_MODELS))


def build(system: wiring.Component, label: str = "", sdram: SdramCycles | None = None) -> Path:
    """The program that simulates `system`, a component with the ports of `System`.

    With `sdram`, that chip is on its pins. It is rebuilt if the design, the harness or a tool has
    changed. `label` names it in the message.
    """
    design = elaborate(WithoutReset(system), _TOP)
    folder = cache_folder()
    settings = model_settings(sdram) if sdram else ""
    identity = digest(design, _harness(), settings, version(), _OPTIMISE, *_TEXTS.values())
    program = folder / f"board-{identity}"
    if not is_sound(program):
        with _writing(folder), _lock(folder):
            if not is_sound(program):
                _compile(design, program, label, settings)
    return program


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One build at a time: a second build waits and then finds the result of the first."""
    with (folder / "lock").open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for the compilation of another simulated board ...", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PARTIAL}*"):  # by a compilation that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


def _compile(design: str, program: Path, label: str, settings: str) -> None:
    print(f"Compiling the simulated board {label}(once, about a minute) ...", file=sys.stderr)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=program.parent) as temporary:
        verilog = Path(temporary) / f"{_TOP}.v"
        verilog.write_text(verilog_of(design), "utf-8")
        built = compile_board(verilog, Path(temporary) / "obj", settings)
        replace_file(_checksum(program), digest(built.read_bytes()))
        built.replace(program)
    print(f"Compiled in {time.monotonic() - start:.0f} s.", file=sys.stderr)


def compile_board(
    verilog: Path,
    folder: Path,
    settings: str = "",
    options: Sequence[str] = (),
    optimise: str = _OPTIMISE,
) -> Path:
    """The program of a Verilog module `system` with the ports of `System` and no reset.

    `settings` : of the SDRAM on its pins, see `model_settings`. `options` : more for Verilator.
    `optimise` : for the C++ compiler.
    """
    defined = ["-CFLAGS", f"-DLLS_FLAG={FLAG}"]
    for name, text in _TEXTS.items():
        defined += ["-CFLAGS", f"-D{name}='{json.dumps(text.decode())}'"]
    if settings:
        defined += ["-CFLAGS", f"-DLLS_SDRAM='\"{settings}\"'"]
    words = [*defined, *options]
    return verilate(verilog, _TOP, folder, [_HARNESS], options=words, optimise=optimise)
