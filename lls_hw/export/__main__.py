"""``python -m lls_hw.export``: a trained network as a safetensors file, ONNX model or C header."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from lls_hw.driver.checkpoint import load_checkpoint, network_in
from lls_hw.export.files import SUFFIXES, check_export, export
from lls_hw.network.file import load_network, network_names
from lls_hw.tools.arguments import described
from lls_hw.tools.command_line import exit_status

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lls_hw.export", description=described(__doc__))
    add = parser.add_argument
    add(
        "--weights",
        type=Path,
        required=True,
        metavar="F",
        help="checkpoint of python -m lls_hw.train --checkpoint, or of Model.save",
    )
    add(
        "--network",
        metavar="NAME",
        help=f"a TOML file, or one of {', '.join(network_names())} (default: the checkpoint's)",
    )
    add(
        "--out",
        type=Path,
        required=True,
        metavar="F",
        help=f"file to write; its suffix is one of {', '.join(SUFFIXES)}",
    )
    return parser


def _export(args: argparse.Namespace, console: Console) -> None:
    check_export(args.out)
    state = load_checkpoint(args.weights)
    network = load_network(args.network) if args.network else network_in(args.weights, state)
    export(args.out, network, state)
    console.print(f"{network.name} is in {args.out}", highlight=False, markup=False)


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    args = _parser().parse_args(argv)
    return exit_status(lambda: _export(args, Console()))


if __name__ == "__main__":
    sys.exit(main())
