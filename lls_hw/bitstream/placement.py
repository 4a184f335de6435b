"""Places of the cells, read from nextpnr's ``--write`` file."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from lls_hw.bitstream.netlist import PLACER, block, module_of

__all__ = ["OTHERS", "PlacedCell", "groups", "read_placement", "resources_by_block"]

OTHERS = "everything else"

_FEW = 8
"""Ends of a wire that joins cells of one module; wires of constants have thousands."""
_PLACE = re.compile(r"X(\d+)[/]?Y(\d+)")


@dataclass(frozen=True)
class PlacedCell:
    """One cell of the device."""

    block: str
    """Module that it belongs to; see `netlist.block`."""
    resource: str
    """LUT, FF, DSP, BRAM ..."""
    x: int
    y: int


def read_placement(path: Path, bels: Mapping[str, str]) -> list[PlacedCell]:
    """Placed cells of the kinds in `bels`, {resource: nextpnr's name of the kind}.

    Cells that the placer has added, such as the ends of carry chains, belong to the module that
    they are wired to.
    """
    cells = json.loads(path.read_text("utf-8"))["modules"]["top"]["cells"]
    kinds = {kind: resource for resource, kind in bels.items()}
    homes = _homes(cells)
    placed = []
    for name, cell in cells.items():
        site = _PLACE.search(cell["attributes"].get("NEXTPNR_BEL", ""))
        if cell["type"] in kinds and site:
            x, y = int(site[1]), int(site[2])
            placed.append(PlacedCell(homes[name], kinds[cell["type"]], x, y))
    return placed


def _homes(cells: Mapping[str, Any]) -> dict[str, str]:
    """The block of each cell; a placer's cell that leads to no module belongs to the top."""
    homes = {name: block(module_of(name)) for name in cells}
    added = [name for name, home in homes.items() if home == PLACER]
    wires: dict[int, list[str]] = {}
    for name, cell in cells.items():
        for ends in cell.get("connections", {}).values():
            for wire in ends:
                wires.setdefault(wire, []).append(name)
    while added:
        found = {}
        for name in added:
            ends = chain.from_iterable(cells[name].get("connections", {}).values())
            near = (wires[wire] for wire in ends if len(wires[wire]) <= _FEW)
            known = [homes[other] for others in near for other in others if homes[other] != PLACER]
            if known:
                found[name] = known[0]
        if not found:
            found = dict.fromkeys(added, block(()))
        homes.update(found)
        added = [name for name in added if name not in found]
    return homes


def resources_by_block(cells: list[PlacedCell]) -> dict[str, Counter[str]]:
    """Cells of each kind in each block."""
    result: dict[str, Counter[str]] = {}
    for cell in cells:
        result.setdefault(cell.block, Counter())[cell.resource] += 1
    return result


def groups(amounts: Mapping[str, float], limit: int) -> dict[str, str]:
    """The group of each block, at most `limit` groups, the largest first.

    A group is a module with everything below it. Modules with more than a tenth of the whole are
    split into their parts; the smallest are merged into OTHERS.
    """
    sums = _sums(amounts)
    cut = sums[""] / 10
    chosen, waiting = set(), [""]
    while waiting:
        name = waiting.pop()
        below = [other for other in sums if _parent(other) == name]
        if below and sums[name] > cut:
            waiting += below
        if not below or sums[name] <= cut or sum(sums[other] for other in below) < sums[name]:
            chosen.add(name)
    owners = {name: _owner(name, chosen) for name in amounts}
    size = dict.fromkeys(owners.values(), 0.0)
    for name, owner in owners.items():
        size[owner] += amounts[name]
    kept = sorted(size, key=lambda name: -size[name])[: limit - 1]
    owners = {name: owner if owner in kept else OTHERS for name, owner in owners.items()}
    order = [*kept, OTHERS]
    return dict(sorted(owners.items(), key=lambda item: (order.index(item[1]), item[0])))


def _owner(name: str, chosen: Collection[str]) -> str:
    """The longest of the chosen names that the block belongs to."""
    path = "" if name == "top" else name
    while path not in chosen:
        path = path.rpartition(".")[0]
    return path


def _parent(name: str) -> str | None:
    return name.rpartition(".")[0] if name else None


def _sums(amounts: Mapping[str, float]) -> dict[str, float]:
    """Amount of each block with everything below it."""
    sums: dict[str, float] = {}
    for name, amount in amounts.items():
        parts = [] if name == "top" else name.split(".")
        for depth in range(len(parts) + 1):
            path = ".".join(parts[:depth])
            sums[path] = sums.get(path, 0.0) + amount
    return sums
