"""Programs: the compiler of simulated boards, the tools of the bitstream flow, programmers."""

import importlib.metadata
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Set

from lls_hw.bitstream.loader import PROGRAMMERS
from lls_hw.doctor.finding import Finding
from lls_hw.errors import LlsError
from lls_hw.tools.cache import cache_folder
from lls_hw.tools.packages import install
from lls_hw.tools.toolchain import ToolBroken, find_tool
from lls_hw.tools.verilate import environment

__all__ = ["programs"]

_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_COMPILER = ("g++", "make", "perl")
_TOOLS = {
    "yosys": {"train", "build"},
    "nextpnr-ecp5": {"build"},
    "ecppack": {"build"},
    "nextpnr-ice40": set(),
    "icepack": set(),
}
"""Tools of the flow, and the purposes that need them; a simulated board needs Verilog."""


def programs() -> Iterator[Finding]:
    """All of them, and the cache that they fill."""
    for name in _COMPILER:
        path = shutil.which(name)
        found = None if path is None else _version(path)
        yield Finding(name, found, f"apt install {name}", {"train"})
    yield _verilator()
    cache = _cache()
    yield cache
    for name, purposes in _TOOLS.items():
        yield _tool(name, purposes, cached=cache.found is not None)
    yield from _programmers()


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
    purposes, remedy = {"train"}, install("verilator")
    try:
        env = environment()
    except LlsError:  # a program of the compiler is missing, which has a line of its own
        found = shutil.which("verilator")
        return Finding("verilator", found and _version(found), remedy, purposes)
    if "VERILATOR_ROOT" in env:
        version = f"{importlib.metadata.version('verilator')}, Python package"
        return Finding("verilator", version, purposes=purposes)
    path = shutil.which("verilator")
    return Finding("verilator", path and _version(path), remedy, purposes)


def _tool(name: str, purposes: Set[str], cached: bool) -> Finding:
    """A tool of the bitstream flow. Those of Python packages do not run without a cache."""
    try:
        tool = find_tool(name)
    except ToolBroken as error:
        if cached:
            return Finding(name, None, str(error), purposes)
        return Finding(
            name, "installed; it runs once there is a cache, see above", purposes=purposes
        )
    except LlsError as error:
        return Finding(name, None, str(error), purposes)
    return Finding(name, f"{tool.version}, {tool.path}", purposes=purposes)


def _cache() -> Finding:
    """The folder that caches compiled boards and build steps."""
    purposes = {"train", "build"}
    try:
        folder = cache_folder()
    except LlsError as error:
        return Finding("cache", None, str(error), purposes)
    if not os.access(folder, os.W_OK):
        remedy = f"chown -R $USER {folder}, or set XDG_CACHE_HOME"
        return Finding("cache", None, remedy, purposes)
    return Finding("cache", str(folder), purposes=purposes)


def _programmers() -> Iterator[Finding]:
    """Programmers that are installed. One is enough; which one depends on the board."""
    paths = {name: programmer.path() for name, programmer in PROGRAMMERS.items()}
    for name, path in paths.items():
        if path is not None:
            yield Finding(name, _version(path), purposes={"load"})
    if not any(paths.values()):
        remedies = ", ".join(f"{p.install} ({name})" for name, p in PROGRAMMERS.items())
        yield Finding("programmer", None, f"the one of your board: {remedies}", {"load"})
