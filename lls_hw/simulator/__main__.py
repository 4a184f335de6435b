"""``python -m lls_hw.simulator``: serves a simulated board on 127.0.0.1 until Ctrl-C."""

import argparse
import os
import sys
from pathlib import Path

from lls_hw.contract.engine import named_engine
from lls_hw.contract.line import EXPECTED_CLOCK, Line, LineError
from lls_hw.driver.line_rate import line_of
from lls_hw.program.arguments import add_engine_argument
from lls_hw.simulator.build import board_program
from lls_hw.tools.arguments import Parser, described
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.processes import end_with_parent

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.simulator"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add("--port", type=_port, default=0, help="TCP port; 0 takes any free one (default: 0)")
    add_engine_argument(options)
    add(
        "--line",
        type=_line,
        metavar="BAUD",
        help="take the time of a serial line for each byte, such as 3M beside an engine at "
        f"{EXPECTED_CLOCK:g} MHz, or 3M/60M (default: bytes take no time)",
    )
    add("--with-parent", action="store_true", help="exit when stdin closes")
    return options


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"port {text} does not exist; choose 0..65535")
    return int(text)


def _line(text: str) -> Line:
    try:
        return line_of(text)
    except LineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Compiles the board if necessary, then replaces this process with its program."""
    args = parser(prog).parse_args(argv)
    found: list[Path] = []

    def compiled() -> None:
        if args.with_parent:
            end_with_parent()
        engine = named_engine(args.engine)
        found.append(board_program(engine.config, f"{engine.name!r} "))

    status = exit_status(compiled, "Interrupted; nothing was compiled.")
    if status:
        return status
    arguments = [str(found[0]), str(args.port)] + ["--with-parent"] * args.with_parent
    if args.line:
        arguments += ["--line", *map(str, args.line.byte_cycles.as_integer_ratio())]
    os.execv(found[0], arguments)


if __name__ == "__main__":
    sys.exit(main())
