"""The critical path of a placed design, by the names of the gateware's modules."""

from dataclasses import dataclass
from typing import Any

from lls_hw.bitstream.netlist import PLACER, block, module_of

__all__ = ["Segment", "critical_path"]


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Part of a path inside one module, or between two."""

    start: str
    """Module that drives it."""
    end: str
    """Module in which it ends; the same as `start` for a part inside one module."""
    logic: float
    """Nanoseconds in cells."""
    routing: float
    """Nanoseconds on wires."""
    cells: int
    """Cells that it ends in."""


def critical_path(report: dict[str, Any]) -> list[Segment]:
    """Segments of the slowest path between registers of one clock, in order.

    `report` is nextpnr's ``--report`` file. The list is empty if the report has no path.
    """
    paths = [
        path["path"]
        for path in report.get("critical_paths", [])
        if path["from"] == path["to"] and path["path"]
    ]
    if not paths:
        return []
    slowest = max(paths, key=lambda path: sum(step["delay"] for step in path))
    segments: list[Segment] = []
    end = block(module_of(slowest[0]["from"]["cell"]))
    for step in slowest:
        start, end = end, _module(step["to"]["cell"], end)
        routing = step["type"] == "routing"
        delay = float(step["delay"])
        new = Segment(
            start=start,
            end=end,
            logic=0.0 if routing else delay,
            routing=delay if routing else 0.0,
            cells=int(routing),
        )
        if segments and start == end == segments[-1].end == segments[-1].start:
            last = segments.pop()
            new = Segment(
                start=start,
                end=end,
                logic=last.logic + new.logic,
                routing=last.routing + new.routing,
                cells=last.cells + new.cells,
            )
        segments.append(new)
    return segments


def _module(cell: str, previous: str) -> str:
    """Module of a cell; a cell that the placer added belongs to the module before it."""
    name = block(module_of(cell))
    return previous if name == PLACER else name
