"""Python packages that not every command needs: whether they are there, and how to get them."""

import importlib.metadata
import re
from importlib.util import find_spec
from typing import NamedTuple

from lls_hw.errors import LlsError

__all__ = ["Requirement", "install", "package_of", "require", "requirements"]

_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?([^;]*)(?:;.*extra == ['\"](\w+)['\"])?")
_MODULES = {
    "amaranth_boards": "amaranth-boards",
    "distributed": "distributed",
    "luna": "luna-usb",
    "matplotlib": "matplotlib",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "PIL": "pillow",
    "schedulefree": "schedulefree",
    "scipy": "scipy",
    "shtab": "shtab",
    "sklearn": "scikit-learn",
    "torch": "torch",
}
"""Package of each module that is imported only where it is needed."""


class Requirement(NamedTuple):
    """A package that this one needs, for some of its purposes."""

    name: str
    bounds: str
    """Versions, such as >=2.0; empty for any."""
    extra: str | None
    """None for what is always needed."""

    def __str__(self) -> str:
        return self.name + self.bounds


def requirements() -> list[Requirement]:
    """Those of pyproject.toml, in its order; none if this package is not installed."""
    try:
        lines = importlib.metadata.requires("lls-hw") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    matches = [match for match in map(_REQUIREMENT.match, lines) if match]
    found = [Requirement(match[1], match[2].strip(), match[3]) for match in matches]
    return [requirement for requirement in found if requirement.name != "lls-hw"]


def install(*names: str) -> str:
    """The command that installs packages, in versions that this one works with."""
    known = {found.name: str(found) for found in reversed(requirements())}
    return "pip install " + " ".join(_quoted(known.get(name, name)) for name in names)


def _quoted(text: str) -> str:
    return f"'{text}'" if re.search(r"[<>=!]", text) else text


def package_of(module: str | None) -> str | None:
    """The package of a module that may be missing; None for any other module."""
    return _MODULES.get((module or "").partition(".")[0])


def require(module: str, need: str) -> None:
    """LlsError if a module of an optional package is missing; `need` begins the sentence."""
    if find_spec(module) is None:
        raise LlsError(f"{need}, which is not installed; run: {install(_MODULES[module])}.")
