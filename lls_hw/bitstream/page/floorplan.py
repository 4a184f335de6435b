"""Picture of the device: the places of the modules."""

from collections import Counter
from collections.abc import Callable, Mapping

from lls_hw.bitstream.placement import PlacedCell

__all__ = ["floorplan"]

_WEIGHTS = {"DSP": 100, "BRAM": 100, "SPRAM": 100}
"""A tile with one of these cells gets the colour of its module."""


def floorplan(
    cells: list[PlacedCell], group_of: Callable[[str], str], hues: Mapping[str, str]
) -> str:
    """SVG of the device: one square for each tile, in the colour of the module with most cells.

    Neighbouring tiles of one colour are one shape, which keeps the file small.
    Multipliers and block RAMs have a dark edge.
    """
    width = max(cell.x for cell in cells) + 1
    height = max(cell.y for cell in cells) + 1
    tiles: dict[tuple[int, int], Counter[str]] = {}
    blocks: set[tuple[int, int]] = set()
    for cell in cells:
        place = cell.x, cell.y
        weight = _WEIGHTS.get(cell.resource, 1)
        tiles.setdefault(place, Counter())[group_of(cell.block)] += weight
        if weight > 1:
            blocks.add(place)
    owners = {place: max(sorted(count), key=count.__getitem__) for place, count in tiles.items()}
    shapes = [
        f'<path fill="{hue}" d="{"".join(_runs(owners, group))}"/>' for group, hue in hues.items()
    ]
    edges = "".join(f"M{x} {y}h1v1h-1z" for x, y in sorted(blocks))
    return (
        f'<svg viewBox="-1 -1 {width + 2} {height + 2}" role="img" '
        'aria-label="floorplan" shape-rendering="crispEdges">'
        f'<rect x="-1" y="-1" width="{width + 2}" height="{height + 2}" fill="var(--card)"/>'
        + "".join(shapes)
        + f'<path d="{edges}" fill="none" stroke="#000" stroke-opacity=".55" '
        'stroke-width=".18" shape-rendering="auto"/></svg>'
    )


def _runs(owners: Mapping[tuple[int, int], str], group: str) -> list[str]:
    """Rows of neighbouring tiles of one group, as SVG path commands."""
    places = sorted((y, x) for (x, y), owner in owners.items() if owner == group)
    runs: list[list[int]] = []
    for y, x in places:
        if runs and runs[-1][0] == y and runs[-1][1] + runs[-1][2] == x:
            runs[-1][2] += 1
        else:
            runs.append([y, x, 1])
    return [f"M{x} {y}h{length}v1h-{length}z" for y, x, length in runs]
