"""``python -m lls_hw.fit``: sizes an engine for a board and networks."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from lls_hw.boards import board_names
from lls_hw.contract.engine import engine_text
from lls_hw.errors import LlsError
from lls_hw.fit.report import engines, explained, notes
from lls_hw.fit.search import Search
from lls_hw.network.file import load_network, network_names
from lls_hw.tools.arguments import Parser, complete, count, described, positive
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.files import replace_file
from lls_hw.tools.heartbeat import Heartbeat
from lls_hw.tools.results import check_outputs

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.fit"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    known = board_names()
    boards = f"one of {', '.join(known)}, or a .py file that defines one (default: ulx3s)"
    complete(add("--board", default="ulx3s", metavar="NAME", help=boards), known)
    add("--variant", metavar="NAME", help="device of the board (default: the board's)")
    network = add(
        "--network",
        action="append",
        required=True,
        metavar="NAME",
        help="network that the engine trains, may be repeated: a TOML file, or one of "
        f"{', '.join(network_names())}",
    )
    complete(network, network_names())
    add(
        "--batch",
        type=count,
        metavar="N",
        help="samples per step (default: the network's, or a half of it where that does not fit)",
    )
    add(
        "--frequency",
        type=positive,
        metavar="MHZ",
        help="engine clock (default: what all measured engines on such devices reach)",
    )
    add("--show", type=count, default=3, metavar="N", help="engines to list (default: 3)")
    add("--write", type=Path, metavar="F", help="write the best engine to a .toml file")
    return options


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)

    def job() -> None:
        check_outputs(args.write)
        if args.write is not None and args.write.suffix != ".toml":
            raise LlsError(f"--write is {args.write}; the name of an engine's file ends in .toml.")
        networks = [load_network(name) for name in args.network]
        search = Search(args.board, args.variant, networks, args.batch, args.frequency)
        console = Console(stderr=True)

        def progress(text: str) -> None:
            status.update(text)
            heartbeat.stage = text

        name = "sizing engines"
        with console.status(name) as status, Heartbeat(console, name) as heartbeat:
            found = search.best(args.show, progress)
        if not found:
            raise explained(search)
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = 200
        console.print(engines(search, found))
        console.print(notes(search, found))
        if args.write:
            best = found[0].candidate.config
            text = f"# Sized by {PROGRAM} for {search.board.title} {search.variant}, "
            text += f"{search.frequency:g} MHz: {', '.join(net.name for net in networks)}.\n"
            try:
                replace_file(args.write, text + engine_text(best))
            except OSError as error:
                raise LlsError(f"{args.write} cannot be written ({error.strerror}).") from error
            print(args.write)

    return exit_status(job, "Interrupted; nothing was written.")


if __name__ == "__main__":
    sys.exit(main())
