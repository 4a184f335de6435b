"""``python -m lls_hw.bitstream.boards``: all boards, with devices, memories, links and clocks."""

import argparse
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.measured import measured
from lls_hw.bitstream.transport import links_text
from lls_hw.boards import board_names, find_board
from lls_hw.boards.board import Board, BoardError
from lls_hw.contract.config import PRESETS
from lls_hw.contract.formats import WEIGHT_BITS
from lls_hw.contract.sdram import find_chip
from lls_hw.tools.arguments import Parser, complete, described
from lls_hw.tools.command_line import exit_status

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.bitstream.boards"
_HEADS = ("board", "variant", "device", "logic", "multipliers", "block RAM", "SDRAM", "link",
          "engine", "clock", "reached")  # fmt: skip
_LEFT = {"board", "variant", "device", "engine"}
_UNKNOWN = "–"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    known = board_names()
    boards = options.add_argument(
        "boards",
        nargs="*",
        metavar="BOARD",
        help=f"only these: any of {', '.join(known)}, or .py files that define one (default: all)",
    )
    complete(boards, known)
    return options


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    console = Console(highlight=False)

    def job() -> None:
        table = Table(*_HEADS)
        for column in table.columns:
            column.justify = "left" if column.header in _LEFT else "right"
            column.no_wrap = True
        problems = []
        for name in args.boards or board_names():
            try:
                board = find_board(name)
                for row in _rows(board):
                    table.add_row(*map(escape, row))
            except BoardError as error:
                if args.boards:
                    raise
                problems.append(str(error))  # a broken package hides no other board
        if not console.is_terminal:
            console.width = 200
        console.print(table)
        console.print(
            "Default variants are marked *. Clocks in MHz: asked for by the default build, and "
            f"reached when it was measured ({_UNKNOWN}: not routed)."
        )
        for problem in problems:
            print(problem, file=sys.stderr)

    return exit_status(job)


def _rows(board: Board) -> list[list[str]]:
    """A row for each variant."""
    return [_row(board, name) for name in board.variants]


def _row(board: Board, name: str) -> list[str]:
    variant = board.variant(name)
    platform: Any = board.platform(variant)
    flow = flow_of(platform)
    cells, known = flow.capacity, measured(board.name, name)
    if known and (known.engine, known.frequency) != (variant.preset, variant.frequency):
        known = None  # measured before the board's defaults were these
    reached = f"{known.reached:.1f}" if known and known.reached else _UNKNOWN
    if known and known.problem:
        reached = "does not fit"
    logic = next(kind for kind in cells if kind in ("LUT", "LC"))
    kilobytes = cells["BRAM"] * flow.BLOCK_BITS / 8192
    array = PRESETS.get(variant.preset)
    size = f", {array.rows} x {array.cols}" if array else ""
    return [
        board.name,
        name + " *" * (name == board.default),
        platform.device,
        f"{cells[logic]:,} {logic}",
        str(cells["DSP"]),
        f"{kilobytes:,.0f} KiB",
        _sdram(board),
        links_text(board),
        f"{variant.preset}{size}",
        f"{variant.frequency:g}",
        reached,
    ]


def _sdram(board: Board) -> str:
    """The size of the smallest chip that the board may have."""
    if board.sdram is None:
        return _UNKNOWN
    words = min(find_chip(name).words for name in board.sdram.chips)
    return f"{words * WEIGHT_BITS // 8 >> 20} MiB"


if __name__ == "__main__":
    sys.exit(main())
