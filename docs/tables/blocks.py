"""Sizes of single blocks, from bench/results/blocks.json."""

from docs.tables.source import result
from lls_hw.tools.page import markdown_table

__all__ = ["link", "local_unit"]


def _table(names: list[str], first: str) -> str:
    found = result("blocks.json")
    cells = list(found["blocks"][names[0]]["cells"])
    rows = [[first, *cells, "MHz"]]
    for name in names:
        block = found["blocks"][name]
        title = name.partition(", ")[2]
        shown = f"`{title}`" if title else "without options" if first == "configuration" else name
        rows.append([shown, *(f"{block['cells'][c]:,}" for c in cells), f"{block['mhz']:.1f}"])
    tools = ", ".join(f"{k} {v}" for k, v in found["blocks"][names[0]]["tools"].items())
    note = (
        f"Made by `{found['command']}` on an LFE5U-85F, speed grade 6, out of context, at a target "
        f"of {found['target_mhz']} MHz ({tools}). Cells are counted after synthesis.\n"
    )
    return f"{markdown_table(rows)}\n{note}"


def local_unit() -> str:
    """The local update unit with its options."""
    blocks = result("blocks.json")["blocks"]
    return _table([name for name in blocks if name.startswith("local")], "configuration")


def link() -> str:
    """The link alone, and what a processor's bus adds."""
    return _table(["link", "AXI4-Lite registers"], "block")
