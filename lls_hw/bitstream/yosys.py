"""What Yosys reports about a netlist."""

import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["count_cells"]


def count_cells(folder: Path, kinds: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Resources by kind, from stat.json; `kinds` says what each cell takes of each of them."""
    cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    return {
        name: sum(weight * cells.get(cell, 0) for cell, weight in kind.items())
        for name, kind in kinds.items()
    }
