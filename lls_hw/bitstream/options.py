"""Options of ``python -m lls_hw.build``."""

import argparse
from pathlib import Path

from lls_hw.boards import BOARDS
from lls_hw.contract.config import PRESETS
from lls_hw.errors import LlsError

__all__ = ["OptionError", "parser"]

DESCRIPTION = "Makes the bitstream of a board."


class OptionError(LlsError, ValueError):
    """An option, or options together, that make no sense."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    options = argparse.ArgumentParser(prog="python -m lls_hw.build", description=DESCRIPTION)
    add = options.add_argument
    boards = f"one of {', '.join(BOARDS)}, or none: the core alone as Verilog (default: ulx3s)"
    add("--board", default="ulx3s", help=boards)
    add("--variant", help="the board's device, for example 85f (default: the board's)")
    add("--preset", help=f"one of {', '.join(PRESETS)} (default: the variant's)")
    add("--frequency", type=float, metavar="MHZ", help="engine clock (default: the variant's)")
    add("--seed", type=int, default=1, help="of the placement; another one, another speed")
    add(
        "--seeds",
        type=int,
        default=1,
        metavar="N",
        help="try N seeds from --seed on, as many at once as there are cores; keep the best",
    )
    add(
        "--network",
        action="append",
        default=[],
        metavar="NAME",
        help="a network's name or TOML file, whose cycles the report shows; may be repeated",
    )
    add("--estimate-only", action="store_true", help="no synthesis: estimate size and speed")
    add("--synthesis-only", action="store_true", help="count cells and stop: no bitstream")
    add("--verilog-only", action="store_true", help="write top.v and design.json, run no tools")
    add("--load", action="store_true", help="load the bitstream into the board")
    add("--fresh", action="store_true", help="repeat every step, whatever earlier builds left")
    add("--out", type=Path, metavar="DIR", help="default: build/BOARD-VARIANT-PRESET")
    return options
