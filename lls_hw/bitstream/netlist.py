"""Cells of a netlist by the modules they come from.

Yosys and nextpnr name a cell after the wire that it drives: ``system.core.array.x_LUT4_Z``. The
longest prefix of the name that is an instance is the module that the cell belongs to.
"""

import re
from collections.abc import Iterable

__all__ = ["PLACER", "block", "module_of"]

PLACER = "place and route"
"""Cells that the placer adds, mostly the ends of carry chains."""
_NUMBER = re.compile(r"(?:_\d+|\$\d+)+$")


def module_of(cell: str) -> tuple[str, ...]:
    """Path of instances above a cell; empty for cells of the top module."""
    if cell.startswith("$nextpnr"):
        return (PLACER,)
    return tuple(part for part in cell.split(".")[:-1] if not part.isdecimal())


def block(path: Iterable[str]) -> str:
    """A path without the numbers of instances of one kind; ``top`` for the empty path."""
    return ".".join(_NUMBER.sub("", name) for name in path) or "top"
