"""``python -m lls_hw.train``: trains a network on a board, simulated or real."""

import argparse
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from lls_hw.contract.counters import Counters
from lls_hw.contract.registers import Register
from lls_hw.datasets.names import DATA_NAMES, load_data
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.arguments import add_board_arguments
from lls_hw.driver.checkpoint import (
    CheckpointError,
    TrainingState,
    load_checkpoint,
    save_checkpoint,
)
from lls_hw.driver.device import Device
from lls_hw.driver.errors import InputError
from lls_hw.driver.initial import initial_state
from lls_hw.driver.result import BatchResult
from lls_hw.driver.tally import Tally
from lls_hw.driver.trainer import Batch, Trainer, batches_of
from lls_hw.network.file import load_network
from lls_hw.program.picture import draw
from lls_hw.program.report import layer_phases, phases, step_table
from lls_hw.tools.arguments import described, seed
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.results import check_outputs, progress_columns, write_json

if TYPE_CHECKING:
    from lls_hw.golden.verify import Verifier

__all__ = ["main"]

Labels = NDArray[np.uint8]
UNRECORDED: dict[str, object] = {"normalise": False, "step": "layer", "schedule": "epochs"}
"""Settings of checkpoints that do not record them: they were made before there was a choice."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lls_hw.train", description=described(__doc__))
    add = parser.add_argument
    add_board_arguments(parser, network="mlp")
    data = f"one of {', '.join(DATA_NAMES)} (default: mnist)"
    add("--data", default="mnist", metavar="NAME", help=data)
    add("--epochs", type=int, default=1, metavar="N", help="passes over the images (default: 1)")
    add("--batch", type=int, metavar="N", help="samples per step (default: the network's)")
    add("--limit", type=int, metavar="N", help="train on the first N images only")
    add("--test-limit", type=int, metavar="N", help="test on the first N images only")
    add("--seed", type=seed, default=0, help="initial weights and order of the samples")
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
    add("--checkpoint", type=Path, metavar="F", help="save the training state after each epoch")
    add("--resume", action="store_true", help="continue from --checkpoint")
    add("--plot", type=Path, metavar="F", help="draw how the board used its cycles (PNG, SVG)")
    add("--json", type=Path, metavar="F", help="write the results to a file")
    return parser


class Session:
    """One training session: a trainer, its data and its progress."""

    def __init__(self, args: argparse.Namespace, trainer: Trainer, console: Console) -> None:
        self.args, self.trainer, self.console = args, trainer, console
        self.network = trainer.network
        self.data = load_data(args.data, args.data_dir)
        self.inputs = quantise(self.data.train_images[: args.limit], self.network.offset)
        self.labels = self.data.train_labels[: args.limit]
        if self.inputs.shape[1] != self.network.inputs or self.data.classes > self.network.classes:
            raise InputError(
                f"{args.data} has {self.inputs.shape[1]} values per image and {self.data.classes} "
                f"classes; network {self.network.name!r} has {self.network.inputs} inputs and "
                f"{self.network.classes} classes: choose another --network or --data."
            )
        self.steps = len(self.inputs) // trainer.batch
        if self.steps == 0:
            raise InputError(
                f"There are {len(self.inputs)} training images, fewer than one batch of "
                f"{trainer.batch}; raise --limit or lower --batch."
            )
        self.verifier: Verifier | None = None
        self.times: list[tuple[int, int]] | None = None
        """Start and end of each operation of the last training step, measured by the board."""
        self.trained = 0
        """Steps of the last epoch."""
        self.meta: dict[str, object] = {
            "network": self.network.name,
            "layers": [layer.outputs for layer in self.network.layers],
            "basis": self.network.basis,
            "modulations": [layer.modulation for layer in self.network.layers],
            "momentum_shift": self.network.training.momentum_shift,
            "normalise": self.network.normalise,
            "step": self.network.training.step,
            "schedule": self.network.training.schedule_of(args.epochs),
            "data": args.data,
            "images": len(self.inputs),
            "batch": trainer.batch,
            "seed": args.seed,
        }

    def start(self) -> TrainingState:
        """Loads the initial state, or that of the checkpoint, into the board."""
        path = self.args.checkpoint
        if path is not None and path.exists() and not self.args.resume:
            raise CheckpointError(
                f"The checkpoint {path} already exists; add --resume to continue from it, or "
                "choose another file."
            )
        if self.args.resume and path is None:
            raise CheckpointError("--resume needs --checkpoint F, the file to continue from.")
        if self.args.resume:
            state = load_checkpoint(path)
            for key, value in self.meta.items():
                made_with = state.meta.get(key, UNRECORDED.get(key))
                if made_with != value:
                    raise CheckpointError(
                        f"The checkpoint {path} was made with {key} {made_with!r}, not {value!r}; "
                        "use the same settings or another checkpoint."
                    )
        else:
            state = initial_state(self.network, self.trainer.batch, self.args.seed)
        self.trainer.load(state)
        if self.args.verify:
            from lls_hw.golden.verify import Verifier

            self.verifier = Verifier(self.network, self.trainer.batch, state)
        return state

    def lr_shift(self, step: int) -> int:
        """Learning-rate shift of a step."""
        return self.network.training.lr_shift(step, self.steps, self.args.epochs)

    def epoch(self, progress: Progress, epoch: int, first: int) -> dict[str, float]:
        """Trains from step `first` to the end of an epoch; returns its figures."""
        end = (epoch + 1) * self.steps
        self.trained = end - first
        bar = progress.add_task(
            f"epoch {epoch + 1}", total=self.steps, completed=first - epoch * self.steps, info=""
        )
        batches = batches_of(self.inputs, self.labels, self.trainer.batch, self.args.seed, first)
        tally = Tally()
        started = time.perf_counter()
        step = first
        while step < end:
            shift = self.lr_shift(step)
            stop = next((s for s in range(step, end) if self.lr_shift(s) != shift), end)
            self.trainer.set_learning_rate(shift)
            if self.verifier:
                self.verifier.set_learning_rate(shift)
            for result, labels in self._train(islice(batches, stop - step)):
                tally.add(result, labels)
                progress.update(bar, advance=1, info=str(tally))
            if self.verifier and self.verifier.failed:
                self.verifier.check_weights(self.trainer.save())
            step = stop
        return {
            "epoch": epoch + 1,
            "train_accuracy": tally.accuracy,
            "train_loss": tally.mean_loss,
            "seconds": round(time.perf_counter() - started, 2),
        }

    def _train(self, batches: Iterator[Batch]) -> Iterator[tuple[BatchResult, Labels]]:
        """Results with their labels; with a verifier, stops at the first difference."""
        sent: deque[Batch] = deque()

        def sending() -> Iterator[Batch]:
            for batch in batches:
                if self.verifier and self.verifier.failed:
                    return
                sent.append(batch)
                yield batch

        for result in self.trainer.train(sending()):
            inputs, labels = sent.popleft()
            if self.verifier:
                self.verifier.step(inputs, labels, result)
            yield result, labels

    def test(self, progress: Progress) -> dict[str, float]:
        """Accuracy and loss on the test images with the board's current weights."""
        inputs = quantise(self.data.test_images[: self.args.test_limit], self.network.offset)
        labels = self.data.test_labels[: self.args.test_limit]
        runs = -(-len(inputs) // self.trainer.batch)
        bar = progress.add_task("test", total=runs, info="")
        tally = Tally()
        for result in self.trainer.infer(inputs, labels):
            count = len(result.prediction)
            tally.add(result, labels[tally.count : tally.count + count])
            progress.update(bar, advance=1, info=str(tally))
        return {"test_accuracy": tally.accuracy, "test_loss": tally.mean_loss}

    def run(self) -> dict[str, object]:
        """All epochs; returns what --json writes."""
        step = self.start().step
        epochs: list[dict[str, float]] = []
        counters = None
        with Progress(*progress_columns(), console=self.console, refresh_per_second=4) as progress:
            for epoch in range(step // self.steps, self.args.epochs):
                clock = self.trainer.device.register(Register.CLOCK)
                figures = self.epoch(progress, epoch, max(step, epoch * self.steps))
                counters, self.times = self.trainer.counters(), self.trainer.trace()
                figures["array_idle_for_link"] = self._waited(clock)
                state = self.trainer.save(self.meta)
                if self.verifier:
                    self.verifier.check_weights(state)
                if self.args.checkpoint:
                    save_checkpoint(self.args.checkpoint, state)
                epochs.append({**figures, **self.test(progress)})
            if not epochs:
                epochs.append(self.test(progress))
        return {
            **self.meta,
            "device": self.args.device,
            "simulated": self.args.device.startswith("sim"),
            "rows": self.trainer.device.config.rows,
            "cols": self.trainer.device.config.cols,
            "epochs": epochs,
            "verified": self.verifier is not None,
            "cycles": self._cycles(counters),
            "link": asdict(self.trainer.device.statistics),
        }

    def _waited(self, clock: int) -> float:
        """Share of the board's cycles since `clock` that it spent waiting for the host."""
        passed = (self.trainer.device.register(Register.CLOCK) - clock) % 2**32
        return max(0.0, 1 - self.trained * self.trainer.program.train_cycles / max(passed, 1))

    def _cycles(self, counters: Counters | None) -> dict[str, object] | None:
        """The board's counters for the last training step."""
        if counters is None:
            return None
        program = self.trainer.program
        multipliers = self.trainer.device.config.macs_per_cycle
        beats = counters.forward_beats + counters.gradient_beats
        return {
            **asdict(counters),
            "predicted_cycles": program.train_cycles,
            "predicted_memory_wait_cycles": program.memory_wait,
            "cycles_per_sample": counters.cycles / program.batch,
            "array_busy": beats / counters.cycles,
            "utilisation": program.macs / (multipliers * counters.cycles),
            "phases": [asdict(use) for use in layer_phases(phases(program, self.times))],
        }


def _summary(results: dict[str, Any], device: str) -> Table:
    """What the terminal shows at the end."""
    table = Table(show_header=False)
    last = results["epochs"][-1]
    table.add_row("test accuracy", f"{last['test_accuracy']:.2%}")
    cycles = results["cycles"]
    if cycles:
        table.add_row("board cycles per sample", f"{cycles['cycles_per_sample']:,.0f}")
        table.add_row(
            "cycles of a step",
            f"{cycles['cycles']:,} counted by the board, {cycles['predicted_cycles']:,} predicted",
        )
        if cycles["memory_wait_cycles"]:
            table.add_row(
                "waiting for the external memory",
                f"{cycles['memory_wait_cycles']:,} cycles of them, "
                f"{cycles['predicted_memory_wait_cycles']:,} predicted",
            )
        table.add_row("multiplier utilisation", f"{cycles['utilisation']:.1%}")
        waited = f"{last['array_idle_for_link']:.1%} of all cycles of the last epoch"
        table.add_row("waiting for the link", waited)
    if results["verified"]:
        table.add_row("weights", "equal to the golden model's, bit for bit")
    kind = "simulated board" if results["simulated"] else "board"
    table.add_row("device", f"{device} ({kind})")
    return table


def _self_test(url: str, console: Console) -> None:
    """Compares the board with the golden model; Mismatch names the first difference."""
    from lls_hw.golden.self_test import self_test

    with Device.open(url) as device:
        result = self_test(device, console)
    table = Table(show_header=False)
    table.add_row("memories", f"{result.words:,} elements keep their value")
    table.add_row("network", result.network)
    table.add_row("trained", f"{result.steps} steps, {result.samples} samples")
    table.add_row("cycles of a step", f"{result.cycles:,}, as predicted")
    table.add_row("weights", f"{result.weights:,}, equal to the golden model's after every step")
    if result.channels:
        equal = f"{result.channels:,}, equal to the golden model's after every step"
        table.add_row("channel states", equal)
    table.add_row("device", url)
    console.print(table)


def _train(args: argparse.Namespace, console: Console) -> None:
    """A training session; prints, writes and draws its results."""
    network = load_network(args.network)
    with Device.open(args.device) as device:
        session = Session(args, Trainer(device, network, args.batch), console)
        results = session.run()
    program = session.trainer.program
    if args.json:
        write_json(args.json, results, "python -m lls_hw.train", args.data_dir)
    if session.times:
        uses = phases(program, session.times)
        console.print(step_table(program, uses))
        if args.plot:
            draw(program, args.plot, uses)
    console.print(_summary(results, args.device))


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    args = _parser().parse_args(argv)
    console = Console()

    def job() -> None:
        check_outputs(args.checkpoint, args.json, args.plot)
        if args.self_test:
            _self_test(args.device, console)
        else:
            _train(args, console)

    return exit_status(job, "Interrupted; the last checkpoint is intact.")


if __name__ == "__main__":
    sys.exit(main())
