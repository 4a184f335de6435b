"""``python -m lls_hw.adapt``: a pretrained network learns shifted images on the board.

The host trains the network in floating point on one distribution and quantises it. Then the board
trains it on a shifted one: inverted, noisy or rotated images, or classes that were held out.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lls_hw.adapt.adaptation import Adaptation, pretrained
from lls_hw.adapt.distributions import SHIFT_NAMES, distributions
from lls_hw.adapt.picture import draw
from lls_hw.datasets.names import DATA_NAMES, known_name, load_data
from lls_hw.driver.address import with_engine
from lls_hw.driver.arguments import add_board_arguments
from lls_hw.driver.device import Device
from lls_hw.driver.trainer import Trainer
from lls_hw.driver.transport import check_address
from lls_hw.network.file import load_network
from lls_hw.session.progress import reporting
from lls_hw.tools.arguments import Parser, complete, count, described, seed
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.packages import require
from lls_hw.tools.results import check_outputs, check_picture, write_json

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.adapt"
FIRST = 10_000
"""Images of the first distribution."""
PRETRAINED = 20_000
"""Images that pretraining shows by default, counting repetitions."""


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add_board_arguments(options, network="tinyconv")
    data = add(
        "--data",
        type=known_name,
        metavar="NAME",
        help=f"one of {', '.join(DATA_NAMES)} (default: fashion-mnist with --data-dir, otherwise "
        "digits)",
    )
    complete(data, DATA_NAMES)
    shifts = f"one of {', '.join(SHIFT_NAMES)} (default: rotated)"
    shift = add("--shift", type=_shift, default="rotated", metavar="NAME", help=shifts)
    complete(shift, SHIFT_NAMES)
    add(
        "--pretrain",
        type=count,
        default=FIRST,
        metavar="N",
        help=f"images of the first distribution, at most two thirds of all (default: {FIRST})",
    )
    add(
        "--epochs",
        type=count,
        metavar="N",
        help=f"epochs of pretraining (default: as many as show {PRETRAINED} images by default; "
        "fewer images of --pretrain take as much less time)",
    )
    add(
        "--images",
        type=count,
        default=800,
        metavar="N",
        help="shifted images to learn from, of at most a third of all images (default: 800)",
    )
    add(
        "--test-limit",
        type=count,
        default=200,
        metavar="N",
        help="test on the first N images on the board (default: 200)",
    )
    add("--seed", type=seed, default=0)
    add("--verify", action="store_true", help="train the golden model as well, and compare")
    add("--plot", type=Path, metavar="F", help="draw the adaptation (PNG, SVG)")
    add("--json", type=Path, metavar="F", help="write the results to a file")
    return options


def _shift(text: str) -> str:
    name = text.replace("_", "-")
    if name not in SHIFT_NAMES:
        raise argparse.ArgumentTypeError(
            f"there is no shift {text!r}; choose one of {', '.join(SHIFT_NAMES)}"
        )
    return name


def _summary(results: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    first, last = results["curve"][0], results["curve"][-1]
    table.add_row("shifted test images, before", f"{results['before']:.1%} on the board")
    table.add_row("after", f"{results['after']:.1%} on the board")
    table.add_row("gain", f"{100 * (results['after'] - results['before']):.1f} points")
    table.add_row("without pretraining", f"{results['from_scratch'][-1]['shifted']:.1%}")
    change = f"{first['original']:.1%} before, {last['original']:.1%} after"
    table.add_row("original test images", change)
    spent = f"{results['seconds_on_board']:.0f} s, {results['cycles_on_board']:,} cycles"
    table.add_row("on the board, with both tests", spent)
    if results["verified"]:
        table.add_row("weights", "equal to the golden model's, bit for bit")
    return table


def default_epochs(images: int) -> int:
    """Epochs of pretraining on a data set of so many images, whatever --pretrain is."""
    return max(1, PRETRAINED // min(FIRST, images - images // 3))


def adapt(args: argparse.Namespace) -> dict[str, Any]:
    """Pretraining, adaptation and comparison; returns what --json writes."""
    url, config = with_engine(args.device, args.engine)
    check_address(url)
    network = load_network(args.network)
    args.data = args.data or ("fashion-mnist" if args.data_dir else "digits")
    images = load_data(args.data, args.data_dir)
    data = distributions(network, images, args.shift, args.pretrain, args.images, args.seed)
    epochs = args.epochs or default_epochs(len(images.train_images))
    with Device.open(url, config) as device, reporting(True) as report:
        trainer = Trainer(device, network)
        adaptation = Adaptation(trainer, data, args.seed, args.images, args.test_limit)
        state = pretrained(network, data.before, epochs, args.seed, report)
        results = adaptation.run(state, args.verify, report)
        scratch = adaptation.from_scratch(report)
    results = {
        "network": network.name, "data": args.data, "shift": args.shift, "device": url,
        "pretrained_on": len(data.before[0]), "epochs": epochs,
        "adapted_to": adaptation.steps * trainer.batch, "seed": args.seed,
        "tested_on_board": min(args.test_limit, len(data.test_after[0])),
        **results,
        "from_scratch": scratch,
    }  # fmt: skip
    if args.plot:
        draw(args.plot, results, data)
    return results


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)

    def job() -> None:
        check_outputs(args.json)
        check_picture(args.plot)
        require("torch", "Pretraining needs PyTorch")
        results = adapt(args)
        if args.json:
            write_json(args.json, results, PROGRAM, args.data_dir)
        Console().print(_summary(results))

    return exit_status(job)


if __name__ == "__main__":
    sys.exit(main())
