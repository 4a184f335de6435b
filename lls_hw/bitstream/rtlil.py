"""Cells and memories of an elaborated design, counted in its RTLIL text."""

import re
from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Contents", "Memory", "contents"]

_MODULE = re.compile(r"^module \\?(\S+)")
_CELL = re.compile(r"^\s+cell (\S+) ")
_PARAMETER = re.compile(r"^\s+parameter \\(\w+) (\d+)$")
_MEMORY = re.compile(r"^\s+memory width (\d+) size (\d+) ")
_WIDTHS = ("A_WIDTH", "B_WIDTH", "Y_WIDTH", "WIDTH", "S_WIDTH")


@dataclass(frozen=True)
class Memory:
    """One memory of the design."""

    width: int
    depth: int


@dataclass
class Contents:
    """Cells and memories of one module, without those below it."""

    cells: Counter[tuple[str, tuple[int, ...]]] = field(default_factory=Counter)
    """Count by type and the widths A, B, Y, WIDTH, S; 0 for widths that the type lacks."""
    memories: list[Memory] = field(default_factory=list)


def contents(netlist: str) -> dict[str, Contents]:
    """Contents of each module; its name is the path of instances, the top's first."""
    modules: dict[str, Contents] = {}
    module, kind, widths = Contents(), "", dict.fromkeys(_WIDTHS, 0)
    for line in netlist.splitlines():
        if kind:
            parameter = _PARAMETER.match(line)
            if parameter and parameter[1] in widths:
                widths[parameter[1]] = int(parameter[2])
            elif line.strip() == "end":
                module.cells[kind, tuple(widths.values())] += 1
                kind, widths = "", dict.fromkeys(_WIDTHS, 0)
        elif match := _CELL.match(line):
            kind = match[1]
        elif match := _MEMORY.match(line):
            module.memories.append(Memory(int(match[1]), int(match[2])))
        elif match := _MODULE.match(line):
            module = modules.setdefault(match[1], Contents())
    return modules
