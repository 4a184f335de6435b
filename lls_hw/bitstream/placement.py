"""Where the placer has put the cells: read from nextpnr's ``--write`` file."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lls_hw.bitstream.netlist import block, module_of

__all__ = ["PlacedCell", "groups", "read_placement", "resources_by_block"]

_PLACE = re.compile(r"X(\d+)[/]?Y(\d+)")


@dataclass(frozen=True)
class PlacedCell:
    """One cell of the device."""

    block: str
    """Module it belongs to, see `netlist.block`."""
    resource: str
    """LUT, FF, DSP, BRAM ..."""
    x: int
    y: int


def read_placement(path: Path, bels: Mapping[str, str]) -> list[PlacedCell]:
    """Placed cells of the kinds in `bels`, {resource: nextpnr's name of the kind}."""
    cells = json.loads(path.read_text())["modules"]["top"]["cells"]
    kinds = {kind: resource for resource, kind in bels.items()}
    placed = []
    for name, cell in cells.items():
        site = _PLACE.search(cell["attributes"].get("NEXTPNR_BEL", ""))
        if cell["type"] in kinds and site:
            x, y = int(site[1]), int(site[2])
            placed.append(PlacedCell(block(module_of(name)), kinds[cell["type"]], x, y))
    return placed


def resources_by_block(cells: list[PlacedCell]) -> dict[str, Counter[str]]:
    """Cells of each kind in each block."""
    result: dict[str, Counter[str]] = {}
    for cell in cells:
        result.setdefault(cell.block, Counter())[cell.resource] += 1
    return result


def groups(amounts: Mapping[str, float], limit: int) -> list[str]:
    """At most about `limit` blocks that together contain all others: the largest ones are cut
    into their parts until there are enough. A block contains those whose names begin with its.
    """
    chosen = {"": sum(amounts.values())}
    parts = _sums(amounts)
    whole: set[str] = set()
    while len(chosen) < limit and any(name not in whole for name in chosen):
        name = max((n for n in chosen if n not in whole), key=lambda n: (chosen[n], n))
        below = {n: a for n, a in parts.items() if _parent(n) == name}
        own = chosen[name] - sum(below.values())
        if not below or len(chosen) + len(below) > limit + 4:
            whole.add(name)
            continue
        del chosen[name]
        chosen |= below
        if own > 0:
            chosen[name] = own
            whole.add(name)
    return sorted(chosen, key=lambda n: -chosen[n])


def _parent(name: str) -> str | None:
    return name.rpartition(".")[0] if name else None


def _sums(amounts: Mapping[str, float]) -> Counter[str]:
    """Amount of each block with everything below it."""
    sums: Counter[str] = Counter()
    for name, amount in amounts.items():
        parts = [] if name == "top" else name.split(".")
        for depth in range(len(parts) + 1):
            sums[".".join(parts[:depth])] += amount
    return sums
