"""Floorplan: sites for the block RAMs and multipliers of the array, one column next to the other.

These cells have few sites, in rows across the device. A placer that treats them like logic finds
the good sites taken and needs wires across the whole device, although it is known in advance what
must be near what. The memories of inputs and signs take the west. Each column of the array takes a
strip as wide as its share of the block RAMs. The local update unit and the control of the engine
are between the two, in the south, where the latents are. The placer places all other cells.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

__all__ = ["SITES", "Site", "Sites", "floorplan"]

_BLOCK_RAM, _MULTIPLIER = "DP16KD", "MULT18X18D"
_COLUMN = re.compile(r"\.array\.columns\.column_(\d+)\.(weights\.weight|errors|latents|sums)\.")
_ELEMENT = re.compile(r"\.array\.pe_(\d+)_(\d+)\.")
_SHARED = re.compile(r"\.array\.(inputs\.store|inputs\.images|signs)\.")
_CONTROL = re.compile(r"\.core\.(local|basis|results|scale|sequencer|trace)(\$\d+)?\.")
"""Amaranth adds a number to the name of a submodule that a signal has as well."""
_HEIGHTS = {"weights.weight": 1 / 3, "errors": 0.2, "latents": 0.75, "sums": 0.75}
"""Height of each memory of a column; 0 is north, where weights and errors enter the array."""
_CONTROL_HEIGHT = 0.9
"""Height of the local update unit's memories and multipliers."""


class Site(NamedTuple):
    """A place for one cell, with nextpnr's name."""

    x: int
    y: int
    name: str


@dataclass(frozen=True)
class Sites:
    """Sites of a device: groups of four, nine tiles wide, in rows."""

    groups: tuple[int, ...]
    """First x of each group."""
    block_rams: tuple[int, ...]
    """y of each row of block RAMs."""
    multipliers: tuple[int, ...]
    """y of each row of multipliers."""
    width: int
    height: int

    def of(self, kind: str) -> list[Site]:
        """All sites of DP16KD or MULT18X18D."""
        if kind == _BLOCK_RAM:
            return [
                Site(x + 2 * k, y, f"X{x + 2 * k}/Y{y}/EBR{k}")
                for y in self.block_rams
                for x in self.groups
                for k in range(4)
            ]
        return [
            Site(x + k, y, f"X{x + k}/Y{y}/MULT18_{k}")
            for y in self.multipliers
            for x in self.groups
            for k in (0, 1, 4, 5)
        ]


_25K = Sites(
    groups=(4, 13, 22, 33, 42, 51, 60),
    block_rams=(25, 37), multipliers=(13,), width=72, height=50,
)  # fmt: skip
SITES = {
    "12k": _25K,
    "25k": _25K,
    "45k": Sites(
        groups=(4, 13, 22, 31, 42, 51, 60, 69, 78),
        block_rams=(10, 34, 58), multipliers=(22, 46), width=90, height=71,
    ),
    "85k": Sites(
        groups=(4, 13, 22, 31, 40, 49, 58, 69, 78, 87, 96, 105, 114),
        block_rams=(22, 46, 70, 82), multipliers=(10, 34, 58), width=126, height=95,
    ),
}  # fmt: skip
"""By the size of the device; from the tables of Project Trellis."""


def floorplan(cells: Mapping[str, Any], sites: Sites) -> dict[str, Site]:
    """Sites of the cells in the plan, by name.

    `cells` are those of the top module in Yosys's JSON. The plan minimises the sum of the squared
    distances of the cells from their ideal places. Without an array the plan is empty.
    """
    macros = {n: c["type"] for n, c in cells.items() if c["type"] in (_BLOCK_RAM, _MULTIPLIER)}
    rams = [name for name, kind in macros.items() if kind == _BLOCK_RAM]
    elements = [match for name in macros if (match := _ELEMENT.search(name))]
    if not rams or not elements:
        return {}
    rows, columns = (1 + max(int(match[k]) for match in elements) for k in (1, 2))
    west = 1 - sum(bool(_COLUMN.search(name)) for name in rams) / len(rams)

    def wanted(name: str) -> tuple[float, float] | None:
        """The ideal place of a cell, in tiles; None for a cell outside the plan."""
        if match := _COLUMN.search(name):
            column, y = int(match[1]), _HEIGHTS[match[2]] * sites.height
        elif match := _ELEMENT.search(name):
            north, south = sites.multipliers[0], sites.multipliers[-1]
            column, y = int(match[2]), north + (south - north) * (int(match[1]) + 0.5) / rows
        elif _SHARED.search(name):
            return west / 2 * sites.width, sites.height / 2
        elif _CONTROL.search(name):
            return west * sites.width, _CONTROL_HEIGHT * sites.height
        else:
            return None
        return (west + (1 - west) * (column + 0.5) / columns) * sites.width, y

    from scipy.optimize import linear_sum_assignment  # an extra, which only place and route needs

    plan: dict[str, Site] = {}
    for kind in (_BLOCK_RAM, _MULTIPLIER):
        places = {n: place for n, k in macros.items() if k == kind and (place := wanted(n))}
        free = sites.of(kind)
        offset = np.array(list(places.values())).reshape(-1, 1, 2) - [site[:2] for site in free]
        chosen = zip(*linear_sum_assignment((offset**2).sum(-1)), strict=True)
        names = list(places)
        plan |= {names[cell]: free[site] for cell, site in chosen}
    return plan
