"""``python -m lls_hw.evaluate``: tests a trained network on a board, simulated or real."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from lls_hw.datasets.names import load_data
from lls_hw.driver.arguments import add_board_arguments, add_data_argument
from lls_hw.session.board import Board
from lls_hw.session.model import Model
from lls_hw.session.samples import check_data
from lls_hw.session.trained import Trained, add_checkpoint_argument
from lls_hw.tools.arguments import Parser, count, described, share
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.results import check_outputs, write_json

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.evaluate"


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add_checkpoint_argument(options)
    add_board_arguments(options, network=None, golden=True)
    add_data_argument(options)
    add(
        "--held-out",
        type=share,
        metavar="X",
        help="share of each class's training images to test on, as in training "
        "(default: 0.2 if the data has no test images)",
    )
    add("--test-limit", type=count, metavar="N", help="test on the first N images only")
    add("--json", type=Path, metavar="F", help="write the results to a file")
    return options


def _evaluate(args: argparse.Namespace) -> dict[str, object]:
    """Tests; prints the result and returns what --json writes."""
    check_outputs(args.json)
    trained = Trained.of(args.checkpoint, args.network, args.device, args.engine)
    network = trained.network
    data = load_data(args.data, args.data_dir, shape=network.input, held_out=args.held_out)
    check_data(args.data, data, network)
    tested = slice(args.test_limit)
    images, labels = data.test_images[tested], data.test_labels[tested]
    with Board(args.device, engine=args.engine) as board:
        model = Model.load(args.checkpoint, board, network)
        if data.class_names and model.class_names:  # their numbers may differ
            labels = np.array(data.class_names)[labels]
        found = model.evaluate(images, labels, channels="first", progress=True)
        table = Table(show_header=False)
        table.add_row("test accuracy", f"{found.accuracy:.2%}")
        table.add_row("test loss", f"{found.loss:.4f}")
        table.add_row("test images", f"{found.samples:,}")
        table.add_row("network", f"{network.name}; epochs trained: {model.epochs}")
        table.add_row("device", f"{board.url} ({board.kind})")
        Console().print(table)
        return {
            **asdict(found), "network": network.name, "data": args.data, "epochs": model.epochs,
            "checkpoint": str(args.checkpoint), "device": board.url,
            "simulated": board.simulated,
        }  # fmt: skip


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)

    def job() -> None:
        results = _evaluate(args)
        if args.json:
            write_json(args.json, results, PROGRAM, args.data_dir)

    return exit_status(job)


if __name__ == "__main__":
    sys.exit(main())
