"""What has been measured of the boards' default builds, from measured.json.

`bench/boards.py` writes that file together with its own results.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FILE", "Measured", "measured", "summary"]

FILE = Path(__file__).with_name("measured.json")


class Measured(NamedTuple):
    """The default build of one device of a board."""

    engine: str
    frequency: float
    """Clock asked for, MHz."""
    reached: float | None
    """Clock reached, MHz; None if it was not routed."""
    problem: str | None
    """Why there is no such build."""


def measured(board: str, variant: str) -> Measured | None:
    """What is known of a board's default build; None if it was never built."""
    text = (resources.files("lls_hw.bitstream") / FILE.name).read_text()
    found = json.loads(text).get(f"{board}-{variant}")
    return Measured(**found) if found else None


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """The content of measured.json from that of bench/results/boards.json."""
    return {
        name: Measured(
            engine=result["preset"],
            frequency=result["frequency"],
            reached=result["fmax"] if result["routed"] else None,
            problem=result.get("error"),
        )._asdict()
        for name, result in results.items()
    }
