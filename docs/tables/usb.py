"""Bitstreams with USB on the board itself, from their reports."""

import json

from docs.tables.source import BENCH
from lls_hw.tools.page import markdown_table

__all__ = ["bitstreams"]

_BOARDS = (
    ("OrangeCrab 25F", "tiny", "orangecrab 25f 80"),
    ("OrangeCrab 85F", "small", "orangecrab 85f"),
    ("ULX3S-85F", "small", "ulx3s 85f 80"),
)
_CLOCKS = ("clk", "transport.usb_clk", "transport.usb_io_clk")


def bitstreams() -> str:
    """Cells, and what the clocks of engine, USB device and its pins reached; in one row each."""
    rows = [["board, preset", "MHz asked", "reached", "USB, 12 asked", "pins, 48 asked", "LUT",
             "block RAMs", "command"]]  # fmt: skip
    for board, name, words in _BOARDS:
        file = BENCH / f"{'-'.join(words.split()[:2])}_usb.json"
        report = json.loads(file.read_text("utf-8"))
        reached = [f"{report['clocks'][clock]['achieved']:.1f}" for clock in _CLOCKS]
        used = [
            f"{report['resources'][kind]['used']:,} of {report['resources'][kind]['available']:,}"
            for kind in ("LUT", "BRAM")
        ]
        asked = f"{report['clocks']['clk']['wanted']:.0f}"
        made = f"`sh bench/usb_bitstreams.sh {words}`"
        rows.append([f"{board}, `{name}`", asked, *reached, *used, made])
    return markdown_table(rows)
