"""All that came of an exploration as JSON values, explore.json, and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lls_hw.bitstream.fitting import Sample
from lls_hw.explore.page import explored_page
from lls_hw.explore.points import Point
from lls_hw.explore.refit import refit, samples
from lls_hw.explore.rows import Row

__all__ = ["page_of", "record"]


def record(
    title: str, command: str, family: str, rows: Sequence[Row], trainings: Mapping[str, str]
) -> dict[str, Any]:
    """Rows, engines for a fit of the estimate, and sentences of trainings that failed."""
    return {
        "title": title,
        "command": command,
        "points": [
            asdict(row) | {"samples": row.samples, "logic": row.logic, "reached": row.reached}
            for row in rows
        ],
        "samples": [
            {"engine": one.name, "family": family, "features": one.features, "used": one.used}
            for one in samples(family, rows)
        ],
        "trainings": dict(trainings),
    }


def page_of(found: Mapping[str, Any]) -> str:
    """The page of a record."""
    rows = [
        Row(
            point=Point.of(one["point"]),
            rates=tuple(one["rates"]),
            **{name: one[name] for name in ("accuracy", "report", "error", "front")},
        )
        for one in found["points"]
    ]
    engines = [Sample(one["engine"], one["features"], one["used"]) for one in found["samples"]]
    family = next((one["family"] for one in found["samples"]), None)
    fits = refit(family, engines) if family else []
    return explored_page(found["title"], found["command"], rows, fits, found["trainings"])
