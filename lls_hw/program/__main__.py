"""``python -m lls_hw.program``: what a network needs of an engine, and how long it takes."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from lls_hw.contract.config import PRESETS, preset
from lls_hw.network.file import load_network, network_names
from lls_hw.program.compiler import compile_network
from lls_hw.program.picture import draw
from lls_hw.program.report import tables
from lls_hw.program.traffic import planned_ports, port_table
from lls_hw.tools.arguments import described
from lls_hw.tools.command_line import exit_status

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lls_hw.program", description=described(__doc__)
    )
    add = parser.add_argument
    networks = f"a TOML file, or one of {', '.join(network_names())} (default: mlp)"
    add("--network", default="mlp", metavar="NAME", help=networks)
    add("--preset", default="small", help=f"one of {', '.join(PRESETS)} (default: small)")
    add("--batch", type=int, metavar="N", help="samples per step (default: the network's)")
    add("--plot", type=Path, metavar="F", help="draw memories and timeline to a PNG or SVG file")
    args = parser.parse_args(argv)
    console = Console()

    def job() -> None:
        network = load_network(args.network)
        batch = network.training.batch if args.batch is None else args.batch
        program = compile_network(network, preset(args.preset), batch)
        for table in tables(program):
            console.print(table)
        if ports := planned_ports(program):
            console.print(port_table(ports))
        if args.plot:
            draw(program, args.plot)

    return exit_status(job)


if __name__ == "__main__":
    sys.exit(main())
