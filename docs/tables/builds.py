"""Bitstreams for the ULX3S-85F, from the reports that bench/ulx3s_85f.sh keeps."""

import json
from typing import Any

from docs.tables.source import BENCH
from lls_hw.contract.config import preset
from lls_hw.tools.page import markdown_table

__all__ = ["report", "ulx3s"]

NAMES = ("small", "large", "momentum")


def report(name: str) -> dict[str, Any]:
    """report.json of a preset, with the clock that was asked and the one that was reached."""
    content = json.loads((BENCH / f"ulx3s_{name}.json").read_text())
    slowest = min(content["clocks"].values(), key=lambda clock: clock["achieved"])
    return content | {"asked": round(slowest["wanted"]), "reached": slowest["achieved"]}


def ulx3s() -> str:
    """Cells and clocks of the presets."""
    kinds = list(report(NAMES[0])["resources"])
    rows = [["preset", "multipliers", "MHz asked", "MHz reached", *kinds, "minutes", "command"]]
    for name in NAMES:
        found = report(name)
        cells = found["resources"].values()
        clock = f" {found['asked']}" if found["asked"] != 80 else ""
        rows.append([
            f"`{name}`", str(preset(name).macs_per_cycle), str(found["asked"]),
            f"{found['reached']:.1f}", *(f"{c['used']:,} of {c['available']:,}" for c in cells),
            f"{found['total_seconds'] / 60:.0f}", f"`sh bench/ulx3s_85f.sh {name}{clock}`",
        ])  # fmt: skip
    return markdown_table(rows)
