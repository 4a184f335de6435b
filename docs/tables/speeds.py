"""Training samples a second of each board with each network of the package."""

import json
from functools import cache
from typing import NamedTuple

from docs.tables.source import BENCH
from lls_hw.bitstream.transport import line_rate
from lls_hw.boards import BOARDS, find_board
from lls_hw.contract.config import preset
from lls_hw.contract.usb import link_text
from lls_hw.network.file import load_network, network_names
from lls_hw.program.compiler import Program, compile_network
from lls_hw.program.fit import FitError
from lls_hw.program.speed import speed
from lls_hw.tools.page import markdown_table

__all__ = ["few", "speeds"]

_README = ("digits", "mlp", "tinyconv")
"""Networks of the short table."""
_OTHERS = (
    ("ulx3s", "85f", "small", "ulx3s-85f_usb.json"),
    ("ulx3s", "85f", "sdram", "ulx3s_sdram.json"),
    ("colorlight-i5", "25f", "tiny-sdram", "colorlight-i5_tiny-sdram.json"),
    ("colorlight-5a75b", "25f", "tiny-sdram", "colorlight-5a75b_tiny-sdram.json"),
)
"""Engines with USB or an external memory where that is not the default: board, variant, preset, and
the report of its bitstream."""


class _Engine(NamedTuple):
    """An engine with its clock, in MHz, and its line."""

    preset: str
    frequency: float
    baud: int


def _engines() -> dict[_Engine, str]:
    """All engines with their boards: the defaults, and _OTHERS."""
    found: dict[_Engine, dict[str, list[str]]] = {}
    for board in BOARDS.values():
        for name, variant in board.variants.items():
            engine = _Engine(variant.preset, variant.frequency, line_rate(board, board.link))
            found.setdefault(engine, {}).setdefault(board.title, []).append(name)
    for name, variant_name, kind, file in _OTHERS:
        frequency = round(json.loads((BENCH / file).read_text())["clocks"]["clk"]["wanted"])
        board = find_board(name)
        link = "usb" if file.endswith("_usb.json") else "uart"
        engine = _Engine(kind, frequency, line_rate(board, link))
        found.setdefault(engine, {}).setdefault(board.title, []).append(variant_name)
    return {
        engine: ", ".join(f"{title} {'/'.join(names)}" for title, names in boards.items())
        for engine, boards in found.items()
    }


@cache
def _program(network: str, engine: str) -> Program | None:
    """With the network's batch; None if it does not fit."""
    description = load_network(network)
    try:
        return compile_network(description, preset(engine), description.training.batch)
    except FitError:
        return None


def _rows(engine: _Engine, boards: str, networks: list[str]) -> list[list[str]]:
    """A row for each of the networks that fit."""
    rows = []
    for network in networks:
        program = _program(network, engine.preset)
        if program is None:
            continue
        rate = speed(program, engine.frequency, engine.baud)
        stored = f"{rate.stored:,.0f} ({rate.stored_limit})" if rate.stored else "–"
        line = link_text(engine.baud)
        rows.append([
            boards, f"`{engine.preset}`, {engine.frequency:g} MHz", line,
            f"`{network}`, {program.batch}", f"{rate.engine:,.0f}", f"{rate.link:,.0f}",
            f"{rate.samples:,.0f} ({rate.limit})", stored,
        ])  # fmt: skip
        boards = ""
    return rows


def speeds(networks: tuple[str, ...] = ()) -> str:
    """Samples a second of engine, line, and both together; of stored ones where there is room."""
    chosen = [name for name in network_names() if not networks or name in networks]
    heads = ["board", "engine", "line", "network, batch", "engine alone", "line alone",
             "together (what limits)", "stored"]  # fmt: skip
    body = [row for engine, boards in _engines().items() for row in _rows(engine, boards, chosen)]
    return markdown_table([heads, *body])


def few() -> str:
    """The same of a few networks."""
    return speeds(_README)
