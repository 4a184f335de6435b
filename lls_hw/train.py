"""``python -m lls_hw.train``: trains a network on a board, simulated or real."""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lls_hw.contract.config import Config
from lls_hw.contract.line import rate_text
from lls_hw.contract.usb import link_name, link_text
from lls_hw.datasets.base import Dataset
from lls_hw.datasets.labels import as_class_names
from lls_hw.datasets.names import load_data
from lls_hw.driver.address import with_engine
from lls_hw.driver.arguments import add_board_arguments, add_data_argument
from lls_hw.driver.checkpoint import CheckpointError, TrainingState, load_checkpoint
from lls_hw.driver.checkpoint_network import network_for
from lls_hw.driver.device import Device
from lls_hw.driver.errors import InputError
from lls_hw.driver.notes import DEFINITION
from lls_hw.network.file import load_network
from lls_hw.network.network import Network
from lls_hw.program.compiler import compile_network
from lls_hw.program.picture import draw
from lls_hw.program.report import phases, step_table
from lls_hw.program.traffic import counted_ports, planned_ports, port_table
from lls_hw.report.rates import Rates, rates_of, rates_text
from lls_hw.report.write import write_report
from lls_hw.session.board import Board, engine_at
from lls_hw.session.cycles import cycles_of
from lls_hw.session.model import Model
from lls_hw.session.samples import check_count, check_data
from lls_hw.session.settings import (
    DATA,
    DATA_DIGEST,
    check_resumable,
    check_same_classes,
    data_digest,
    settings_of,
)
from lls_hw.session.stored import check_store
from lls_hw.tools.arguments import Parser, count, described, seed, share
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.html import check_page, counted
from lls_hw.tools.packages import require
from lls_hw.tools.results import check_outputs, check_picture, command_line, write_json

__all__ = ["main", "parser"]

PROGRAM = "python -m lls_hw.train"
_UNTOLD = (DEFINITION, DATA_DIGEST)
"""Settings for checkpoints alone."""
_SELF_TEST = ("device", "engine", "self_test", "memory_elements")
"""Options that a self-test obeys."""


def parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    """The command line."""
    options = Parser(prog=prog, description=described(__doc__))
    add = options.add_argument
    add_board_arguments(options, network="mlp", golden=True)
    add_data_argument(options)
    add(
        "--held-out",
        type=share,
        metavar="X",
        help="share of each class's training images to test on instead of the test images "
        "(default: 0.2 if the data has no test images)",
    )
    add("--epochs", type=count, default=1, metavar="N", help="passes over the images (default: 1)")
    add("--batch", type=count, metavar="N", help="samples per step (default: the network's)")
    add("--limit", type=count, metavar="N", help="train on the first N images only")
    add("--test-limit", type=count, metavar="N", help="test on the first N images only")
    add("--seed", type=seed, default=0, help="initial weights and order of the samples")
    add(
        "--store",
        action=argparse.BooleanOptionalAction,
        help="keep the images in the board's external memory, as many as fit "
        "(default: if it has one and trains more than one epoch)",
    )
    add(
        "--verify",
        action="store_true",
        help="train the golden model as well and stop at the first difference",
    )
    add(
        "--self-test",
        action="store_true",
        help="only compare a short run on the board with the golden model",
    )
    add(
        "--memory-elements",
        type=count,
        metavar="N",
        help="with --self-test: test the first N elements of an external memory (default: all; a "
        "few of a simulated board)",
    )
    add("--checkpoint", type=Path, metavar="F", help="save the training state after each epoch")
    add("--resume", action="store_true", help="continue from --checkpoint")
    add("--plot", type=Path, metavar="F", help="draw how the board used its cycles (PNG, SVG)")
    add("--json", type=Path, metavar="F", help="write the results to a file")
    add(
        "--report",
        type=Path,
        metavar="F",
        help="write a page with curves, mistakes, use of cycles and settings (.html)",
    )
    return options


def _data(args: argparse.Namespace, network: Network) -> Dataset:
    """The images to train and test on, with which the network has been compared."""
    data = load_data(args.data, args.data_dir, shape=network.input, held_out=args.held_out)
    check_data(args.data, data, network)
    tested = slice(args.test_limit)
    return replace(
        data.first(args.limit),
        test_images=data.test_images[tested],
        test_labels=data.test_labels[tested],
    )


class Run:
    """What the options ask for, checked before a board is opened."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.network = load_network(args.network)
        self.batch = self.network.training.batch if args.batch is None else args.batch
        engine = engine_at(args.device, args.engine)
        check_store(args.store, args.device, engine)
        if engine is not None:
            compile_network(self.network, engine, self.batch)
        self.data = _data(args, self.network)
        self.images = len(self.data.train_images)
        check_count(self.images, self.batch, "raise --limit or lower --batch")
        self.settings = {
            **settings_of(self.network, self.batch, args.seed),
            "images": self.images,
            "schedule": self.network.training.schedule_of(args.epochs),
            DATA: args.data,
            DATA_DIGEST: data_digest(self.data),
        }
        self.state = self._state()

    def _state(self) -> TrainingState | None:
        """The state to continue from."""
        path = self.args.checkpoint
        if path is not None and path.exists() and not self.args.resume:
            raise CheckpointError(
                f"The checkpoint {path} already exists; add --resume to continue from it, or "
                "choose another file."
            )
        if not self.args.resume:
            return None
        if path is None:
            raise CheckpointError("--resume needs --checkpoint F, the file to continue from.")
        state = load_checkpoint(path)
        check_same_classes(path, state, self.data.class_names)
        check_resumable(path, state, self.settings)
        network_for(path, state, self.network)
        return state

    def on(self, board: Board) -> tuple[Model, dict[str, Any]]:
        """Trains and tests; returns the model and what --json writes."""
        args, data = self.args, self.data
        known = as_class_names(self.state.meta.get("class_names")) if self.state else ()
        model = Model(
            board, self.network, seed=args.seed, batch=self.batch, verify=args.verify,
            class_names=data.class_names or known, state=self.state,
        )  # fmt: skip
        model.notes |= {key: self.settings[key] for key in (DATA, DATA_DIGEST)}
        test = data.test_images, data.test_labels
        left = args.epochs - model.epochs
        if left > 0:
            model.fit(
                data.train_images, data.train_labels, left, channels="first", validation=test,
                run=args.epochs, checkpoint=args.checkpoint, store=args.store, progress=True,
            )  # fmt: skip
            epochs = [epoch.as_dict() for epoch in model.history]
        else:
            found = model.evaluate(*test, channels="first", progress=True)
            epochs = [{"test_accuracy": found.accuracy, "test_loss": found.loss}]
        settings = {k: v for k, v in self.settings.items() if k not in _UNTOLD}
        config, device = board.config, board.device
        return model, {
            **settings,
            "device": board.url,
            "simulated": board.simulated,
            "rows": config.rows if config else None,
            "cols": config.cols if config else None,
            "epochs": epochs,
            "verified": args.verify,
            "stored_images": model.stored,
            "cycles": cycles_of(model) if left > 0 else None,
            "rates": asdict(rates) if (rates := rates_of(model)) else None,
            "link": asdict(device.statistics) if device else None,
        }


def _summary(results: dict[str, Any], board: Board) -> Table:
    """What the terminal shows at the end."""
    table = Table(show_header=False)
    last = results["epochs"][-1]
    table.add_row("test accuracy", f"{last['test_accuracy']:.2%}")
    cycles = results["cycles"]
    if cycles:
        counted = "" if board.device is None else f"{cycles['cycles']:,} counted by the board, "
        table.add_row("board cycles per sample", f"{cycles['cycles_per_sample']:,.0f}")
        table.add_row("cycles of a step", f"{counted}{cycles['predicted_cycles']:,} predicted")
        expected = cycles["predicted_memory_wait_cycles"]
        if expected:
            seen = "" if board.device is None else f"{cycles['memory_wait_cycles']:,} counted, "
            table.add_row("of them waiting for weights", f"{seen}{expected:,} predicted")
        table.add_row("multiplier utilisation", f"{cycles['utilisation']:.1%}")
        if board.device:
            waited = f"{last['array_idle_for_link']:.1%} of all cycles of the last epoch"
            table.add_row("waiting for the link", waited)
            sample = f"{last['link_bytes_per_sample']:,.1f} in the last epoch"
            table.add_row("bytes of the link per sample", sample)
        if results["stored_images"]:
            stored = f"{results['stored_images']:,} of {results['images']:,}"
            table.add_row("training images stored on the board", stored)
    if "board_seconds" in last:
        spent = f"{last['board_seconds']:,.2f} s for the last epoch ({board.line})"
        table.add_row("time on such a board", spent)
    if results["rates"]:
        rates = Rates(**results["rates"])
        table.add_row("training samples/s", rates_text(rates))
        table.add_row("", rates.source)
    if results["verified"]:
        table.add_row("weights", "equal to the golden model's, bit for bit")
    if board.device and board.device.baud:
        refused = map(rate_text, board.device.refused)
        said = "".join(f"; the port refuses {rate}" for rate in refused)
        baud = board.device.baud
        table.add_row(link_name(baud), f"{link_text(baud)}{said}")
    table.add_row("device", f"{board.url} ({board.kind})")
    return table


def _self_test(url: str, config: Config | None, elements: int | None, console: Console) -> None:
    """Compares the board with the golden model; Mismatch names the first difference."""
    from lls_hw.golden.external_memory import check_elements, memory_range
    from lls_hw.golden.self_test import self_test

    if config is not None and elements is not None:
        check_elements(elements, config, url)
    with Device.open(url, config) as device:
        tested = memory_range(device, elements, simulated=device.simulated)
        result = self_test(device, console, tested=tested)
    table = Table(show_header=False)
    table.add_row("memories", f"{result.words:,} elements keep their value")
    if result.external:
        outside = result.external
        table.add_row(
            "external memory",
            f"{counted(outside.elements, 'element')} tested with a value and its opposite, for "
            f"{counted(outside.pause, 'cycle')} each",
        )
    table.add_row("network", result.network)
    if result.external:
        table.add_row("layers with weights outside", f"{result.outside} of {result.layers}")
    table.add_row("trained", f"{result.steps} steps, {result.samples} samples")
    as_predicted = ", as predicted" if result.predicted else ""
    table.add_row("cycles of a step", f"{result.cycles:,}{as_predicted}")
    table.add_row("weights", f"{result.weights:,}, equal to the golden model's after every step")
    if result.channels:
        equal = f"{result.channels:,}, equal to the golden model's after every step"
        table.add_row("channel states", equal)
    table.add_row("device", url)
    console.print(table)


def _train(args: argparse.Namespace, console: Console) -> None:
    """A training session; prints, writes and draws its results."""
    run = Run(args)
    with Board(args.device, engine=args.engine) as board:
        model, results = run.on(board)
        program = model.program
        if args.json:
            write_json(args.json, results, PROGRAM, args.data_dir)
        if args.report:
            test = run.data.test_images, run.data.test_labels
            command = command_line(PROGRAM, args.data_dir)
            write_report(model, args.report, test, channels="first", command=command, progress=True)
    if program and results["cycles"]:
        uses = phases(program, model.trace)
        console.print(step_table(program, uses))
        ports = planned_ports(program) if model.counters is None else counted_ports(model.counters)
        if ports:
            console.print(port_table(ports))
        if args.plot:
            draw(program, args.plot, uses, ports)
    console.print(_summary(results, board))


def _check_self_test(args: argparse.Namespace) -> None:
    """InputError for options that would have no effect."""
    if not args.self_test:
        if args.memory_elements is not None:
            raise InputError("--memory-elements is for --self-test; give both, or neither.")
        return
    usual = vars(parser().parse_args([]))
    given = [name for name, value in usual.items() if getattr(args, name) != value]
    useless = [f"--{name.replace('_', '-')}" for name in given if name not in _SELF_TEST]
    if useless:
        raise InputError(
            f"--self-test trains a network of its own; leave out {' and '.join(useless)}."
        )


def _interrupted(args: argparse.Namespace) -> str:
    """What is said after Ctrl-C."""
    if args.checkpoint is None or args.self_test:
        return "Interrupted."
    if args.checkpoint.exists():
        return "Interrupted; the last checkpoint is intact."
    return "Interrupted before the first checkpoint."


def main(argv: list[str] | None = None, prog: str = PROGRAM) -> int:
    """Entry point; returns the exit status."""
    args = parser(prog).parse_args(argv)
    console = Console()

    def job() -> None:
        check_outputs(args.checkpoint, args.json, args.plot, args.report)
        check_picture(args.plot)
        check_page(args.report)
        if args.verify or args.self_test:
            require("torch", "The golden model needs PyTorch")
        _check_self_test(args)
        if args.self_test:
            _self_test(*with_engine(args.device, args.engine), args.memory_elements, console)
        else:
            _train(args, console)

    return exit_status(job, lambda: _interrupted(args))


if __name__ == "__main__":
    sys.exit(main())
