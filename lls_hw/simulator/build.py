"""Builds the simulated board's program and caches it."""

import fcntl
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amaranth.lib import wiring

from lls_hw.contract.config import Config
from lls_hw.contract.frames import FLAG, GREETING, OCCUPIED
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.gateware.external.memory import SdramMemory
from lls_hw.gateware.system import System
from lls_hw.gateware.verilog import elaborate, verilog_of
from lls_hw.simulator.sdram import model_settings, simulated_sdram
from lls_hw.tools.cache import cache_folder, digest, sources
from lls_hw.tools.files import replace_file
from lls_hw.tools.verilate import verilate, version

__all__ = ["board_program", "build"]

_HARNESS = Path(__file__).with_name("harness.cpp")
_MODELS = (Path(__file__).with_name("sdram.hpp"), Path(__file__).with_name("sdram_settings.hpp"))
_TEXTS = {"LLS_GREETING": GREETING, "LLS_OCCUPIED": OCCUPIED}
_TOP = "system"
_OPTIMISE = "-O2"


def board_program(config: Config, label: str = "") -> Path:
    """The program that simulates the engine of that configuration.

    If sources and tools are unchanged, it is found without elaborating the design, which takes
    seconds.
    """
    folder = cache_folder()
    identity = digest(str(config.digest), sources("lls_hw"), _harness(), version())
    note = folder / f"sources-{identity}"
    if note.exists():
        program = folder / note.read_text()
        if program.exists():
            return program
    sdram = simulated_sdram(config)
    system = System(config, memory=SdramMemory(sdram) if sdram else None)
    program = build(system, label, sdram)
    replace_file(note, program.name)
    return program


def _harness() -> str:
    """All C++ that a simulated board is made of."""
    return "".join(path.read_text() for path in (_HARNESS, *_MODELS))


def build(system: wiring.Component, label: str = "", sdram: SdramCycles | None = None) -> Path:
    """The program that simulates `system`, a component with the ports of `System`.

    With `sdram`, that chip is on its pins. It is rebuilt if the design, the harness or a tool has
    changed. `label` names it in the message.
    """
    design = elaborate(system, _TOP)
    folder = cache_folder()
    settings = model_settings(sdram) if sdram else ""
    identity = digest(design, _harness(), settings, version(), _OPTIMISE, *_TEXTS.values())
    program = folder / f"board-{identity}"
    if not program.exists():
        with _lock(folder):
            if not program.exists():
                _compile(design, program, label, settings)
    return program


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One build at a time: a second build waits and then finds the result of the first."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for the compilation of another simulated board ...", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _compile(design: str, program: Path, label: str, settings: str) -> None:
    print(f"Compiling the simulated board {label}(once, about a minute) ...", file=sys.stderr)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=program.parent) as temporary:
        verilog = Path(temporary) / f"{_TOP}.v"
        verilog.write_text(verilog_of(design))
        folder = Path(temporary) / "obj"
        options = ["-CFLAGS", f"-I{_HARNESS.parent} -DLLS_FLAG={FLAG}"]
        for name, text in _TEXTS.items():
            options += ["-CFLAGS", f"-D{name}='{json.dumps(text.decode())}'"]
        if settings:
            options += ["-CFLAGS", f"-DLLS_SDRAM='\"{settings}\"'"]
        built = verilate(verilog, _TOP, folder, [_HARNESS], options=options, optimise=_OPTIMISE)
        built.replace(program)
    print(f"Compiled in {time.monotonic() - start:.0f} s.", file=sys.stderr)
