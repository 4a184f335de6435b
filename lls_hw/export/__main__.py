"""``python -m lls_hw.export``: a trained network as a safetensors file, ONNX model or C header."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from lls_hw.driver.checkpoint import load_checkpoint
from lls_hw.driver.checkpoint_network import network_for
from lls_hw.errors import LlsError
from lls_hw.export.files import SUFFIXES, check_export, export
from lls_hw.network.file import load_network, network_names
from lls_hw.tools.arguments import Parser, complete, described
from lls_hw.tools.command_line import exit_status

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.export"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add(
        "--checkpoint",
        type=Path,
        required=True,
        metavar="F",
        help="checkpoint of python -m lls_hw.train --checkpoint, or of Model.save",
    )
    names = network_names()
    network = f"a TOML file, or one of {', '.join(names)} (default: the checkpoint's)"
    complete(add("--network", metavar="NAME", help=network), names)
    add(
        "--out",
        type=Path,
        required=True,
        metavar="F",
        help=f"file to write; its suffix is one of {', '.join(SUFFIXES)}",
    )
    return options


def _export(args: argparse.Namespace, console: Console) -> None:
    check_export(args.out)
    if args.out.resolve() == args.checkpoint.resolve():
        raise LlsError(f"{args.out} is the checkpoint itself; choose another file to write.")
    state = load_checkpoint(args.checkpoint)
    given = load_network(args.network) if args.network else None
    network = network_for(args.checkpoint, state, given)
    export(args.out, network, state)
    console.print(f"{network.name} is in {args.out}", highlight=False, markup=False)


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    return exit_status(lambda: _export(args, Console()))


if __name__ == "__main__":
    sys.exit(main())
