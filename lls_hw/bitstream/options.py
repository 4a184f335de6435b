"""Options of ``python -m lls_hw.build``."""

import argparse
from pathlib import Path

from lls_hw.bitstream.core import AXI_STREAM, BUSES
from lls_hw.boards import BOARDS, board_names
from lls_hw.boards.board import LINKS
from lls_hw.contract.line import LineError, rate_of
from lls_hw.errors import LlsError
from lls_hw.network.file import network_names
from lls_hw.program.arguments import add_engine_argument
from lls_hw.tools.arguments import Parser, complete, count, positive, seed

__all__ = ["OptionError", "parser"]

PROGRAM = "python -m lls_hw.build"
DESCRIPTION = "Makes the bitstream of a board."


class OptionError(LlsError, ValueError):
    """An option, or a combination of options, that makes no sense."""


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=DESCRIPTION)
    add = options.add_argument
    known = board_names()
    boards = f"one of {', '.join(known)}, a .py file that defines one, or none for the core alone "
    boards += "as Verilog (default: ulx3s)"
    complete(add("--board", default="ulx3s", metavar="NAME", help=boards), [*known, "none"])
    variants = "; ".join(f"{name}: {', '.join(b.variants)}" for name, b in BOARDS.items())
    variant = f"device of the board; {variants} (default: the board's)"
    names = dict.fromkeys(name for board in BOARDS.values() for name in board.variants)
    complete(add("--variant", metavar="NAME", help=variant), names)
    add_engine_argument(options, default="the variant's")
    add("--frequency", type=positive, metavar="MHZ", help="engine clock (default: the variant's)")
    add("--baud", type=_baud, metavar="RATE",
        help="rate of the serial line, such as 8M (default: the board's)")  # fmt: skip
    add(
        "--link",
        choices=LINKS,
        help="a serial line, or USB through a socket that is wired to the FPGA (default: the "
        "board's)",
    )
    add(
        "--bus",
        choices=tuple(BUSES),
        help="of the core alone: byte streams, or registers for a processor (default: "
        f"{AXI_STREAM})",
    )
    add("--seed", type=seed, default=1, help="seed of the placement; the clock depends on it")
    add(
        "--seeds",
        type=count,
        default=1,
        metavar="N",
        help="place with N seeds from --seed on, as many at once as there are cores; keep the best",
    )
    network = add(
        "--network",
        action="append",
        default=[],
        metavar="NAME",
        help="network whose cycles the report shows, may be repeated: a TOML file, or one of "
        f"{', '.join(network_names())}",
    )
    complete(network, network_names())
    add("--estimate-only", action="store_true", help="estimate size and clock without synthesis")
    add("--synthesis-only", action="store_true", help="count cells and stop before the bitstream")
    add("--verilog-only", action="store_true", help="write top.v and design.json only")
    add("--load", action="store_true", help="load the bitstream into the board")
    add("--fresh", action="store_true", help="repeat every step, ignoring the cache")
    add("--out", type=Path, metavar="DIR", help="folder (default: build/BOARD-VARIANT-ENGINE)")
    return options


def _baud(text: str) -> int:
    """A rate, as argparse's `type`."""
    try:
        return rate_of(text)
    except LineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
