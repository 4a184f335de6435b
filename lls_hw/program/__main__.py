"""``python -m lls_hw.program``: what a network needs of an engine, and how long it takes."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from lls_hw.contract.engine import load_engine
from lls_hw.network.file import load_network, network_names
from lls_hw.program.arguments import add_engine_argument
from lls_hw.program.compiler import compile_network
from lls_hw.program.picture import draw
from lls_hw.program.report import tables
from lls_hw.program.traffic import planned_ports, port_table
from lls_hw.tools.arguments import Parser, complete, count, described
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.results import check_picture

__all__ = ["main", "parser"]


PROGRAM = "python -m lls_hw.program"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    names = network_names()
    networks = f"a TOML file, or one of {', '.join(names)} (default: mlp)"
    complete(add("--network", default="mlp", metavar="NAME", help=networks), names)
    add_engine_argument(options)
    add("--batch", type=count, metavar="N", help="samples per step (default: the network's)")
    add("--plot", type=Path, metavar="F", help="draw memories and timeline to a PNG or SVG file")
    return options


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    console = Console()

    def job() -> None:
        check_picture(args.plot)
        network = load_network(args.network)
        batch = network.training.batch if args.batch is None else args.batch
        program = compile_network(network, load_engine(args.engine), batch)
        for table in tables(program):
            console.print(table)
        if ports := planned_ports(program):
            console.print(port_table(ports))
        if args.plot:
            draw(program, args.plot)

    return exit_status(job)


if __name__ == "__main__":
    sys.exit(main())
