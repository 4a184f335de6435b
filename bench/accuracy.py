"""Accuracy of the integer golden model: `python bench/accuracy.py --help`.

Trains with the samples, their order, the initial weights and the schedule that
`python -m lls_hw.train` uses, so a board ends with the same weights; `weights` in the result is
the SHA-256 of all of them, int16 little-endian, layer after layer. `--float` trains the float
rule instead.

`--device cuda` trains on a GPU, to the same bits. A GPU has room for many trainings at once:
`--jobs FILE` runs those of a file, one a line of these options; those that differ only in their
seed share its kernels. Trainings whose --json is there are not repeated.
"""

import argparse
import json
import platform
import shlex
import sys
import time
from collections.abc import Generator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lls_hw.contract.version import INTERFACE_VERSION
from lls_hw.datasets.base import Dataset
from lls_hw.datasets.names import DATA_NAMES, load_data
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.errors import InputError
from lls_hw.driver.trainer import order_of
from lls_hw.errors import LlsError
from lls_hw.network.file import load_network
from lls_hw.network.network import Network
from lls_hw.tools.files import replace_file

sys.path.append(str(Path(__file__).parents[1]))
from bench.golden_models import Golden, Real  # noqa: E402
from bench.golden_runs import trainer  # noqa: E402


def hold_out(data: Dataset, count: int) -> Dataset:
    """The last `count` training images are the test images, and are not trained on."""
    images, labels = data.train_images, data.train_labels
    if not 0 < count < len(images):
        raise InputError(
            f"--held-out is {count}; of the {len(images)} training images, at least one must be "
            f"held out and one left to train on: choose 1 to {len(images) - 1}."
        )
    rest = data.first(len(images) - count)
    return replace(rest, test_images=images[-count:], test_labels=labels[-count:])


class Samples(NamedTuple):
    """Images on a device, and how many there are."""

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor


@cache
def samples(
    name: str,
    folder: Path | None,
    limit: int | None,
    held_out: int | None,
    offset: int,
    device: str,
) -> Samples:
    """A data set as the engine's inputs; trainings of the same share it."""
    data = load_data(name, folder)
    if held_out is not None:
        data = hold_out(data, held_out)
    first = slice(limit)
    return Samples(
        torch.tensor(quantise(data.train_images[first], offset), device=device),
        torch.tensor(data.train_labels[first], device=device).long(),
        torch.tensor(quantise(data.test_images, offset), device=device),
        torch.tensor(data.test_labels, device=device).long(),
    )


def evaluate(model: Golden, data: Samples, chunk: int) -> tuple[float, float]:
    """Accuracy and mean loss, `chunk` samples at once: inference does not depend on the batch."""
    correct, loss = 0, 0.0
    for x, y in zip(data.test.split(chunk), data.test_labels.split(chunk), strict=True):
        result = model.infer(x, y)
        correct += int((result.prediction == y).sum())
        loss += float(result.loss.sum())
    return correct / len(data.test), loss / len(data.test)


def train(jobs: list[argparse.Namespace]) -> Generator[None, None, None]:
    """All epochs of trainings that differ only in their seeds. Others may work at each yield."""
    args = jobs[0]
    network, batch, device = the_network(args), args.batch, args.device
    batch = batch or network.training.batch
    data = samples(args.data, args.data_dir, args.limit, args.held_out, network.offset, device)
    steps = len(data.train) // batch
    if not steps:
        raise InputError(
            f"There are {len(data.train)} images to train on, fewer than one batch of {batch}; "
            "raise --limit, or lower --batch or --held-out."
        )
    kind = Real if args.float else Golden
    models = [kind(network, batch, job.seed, device) for job in jobs]
    rates = cache(models[0].rates)
    run = trainer(models, data.train, data.train_labels, args.compile)
    epochs: list[list[dict[str, float]]] = [[] for _ in jobs]
    for epoch in range(args.epochs):
        started = time.monotonic()
        orders = [order_of(len(data.train), batch, job.seed, epoch) for job in jobs]
        run.start(torch.from_numpy(np.stack(orders)))
        for step in range(epoch * steps, (epoch + 1) * steps):
            lr_shift = network.training.lr_shift(step, steps, args.epochs) + args.lr_shift
            run.step(rates(lr_shift))
            if step % 8 == 0:
                yield
        run.finish()
        while not run.done:
            yield
        run.deliver()
        seconds = time.monotonic() - started
        for number, (job, model) in enumerate(zip(jobs, models, strict=True)):
            with torch.cuda.stream(run.stream):
                accuracy, test_loss = evaluate(model, data, args.chunk)
            found = {
                "epoch": epoch + 1, "last_lr_shift": lr_shift,
                "train_accuracy": round(int(run.correct[number]) / (steps * batch), 5),
                "train_loss": round(float(run.loss[number]) / (steps * batch), 5),
                "test_accuracy": accuracy, "test_loss": round(test_loss, 5),
                "samples_per_second": round(steps * batch / seconds),
            }  # fmt: skip
            epochs[number].append(found)
            print(job.json or "", json.dumps(found), flush=True)
    for job, model, curve in zip(jobs, models, epochs, strict=True):
        finish(job, summary(job, network, batch, data, model, curve))


def summary(
    args: argparse.Namespace, network: Network, batch: int, data: Samples, model: Golden,
    epochs: list[dict[str, float]],
) -> dict[str, object]:  # fmt: skip
    """What --json writes."""
    votes = None
    if not args.float:
        model.model.vote = not network.votes
        votes = evaluate(model, data, args.chunk)[0]
    own = epochs[-1]["test_accuracy"]
    return {
        "command": args.command,
        "arithmetic": "float64" if args.float else "integer",
        "network": network.name,
        "layers": [network.inputs, *(layer.outputs for layer in network.layers)],
        "data": args.data, "train_images": len(data.train), "test_images": len(data.test),
        "held_out": args.held_out or 0,
        "batch": batch, "seed": args.seed,
        "test_accuracy": own,
        "classifier_accuracy": votes if network.votes else own,
        "vote_accuracy": own if network.votes else votes,
        "weights": model.digest(),
        "interface": INTERFACE_VERSION,
        "epochs": epochs,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "machine": torch.cuda.get_device_name() if args.device != "cpu" else platform.machine(),
    }  # fmt: skip


def the_network(args: argparse.Namespace) -> Network:
    """The network, with what options change."""
    network = load_network(args.network)
    training = network.training
    changed = {
        name: getattr(args, name)
        for name in ("momentum_shift", "lr_shifts", "classifier_lr_shift", "schedule", "step")
        if getattr(args, name) is not None
    }
    layers = tuple(
        replace(layer, **{
            name: getattr(args, name)
            for name in ("headroom", "temperature_shift", "modulation")
            if getattr(args, name) is not None
        })
        for layer in network.layers[:-1]
    )  # fmt: skip
    network = replace(
        network, training=replace(training, **changed), layers=(*layers, network.layers[-1])
    )
    return network if args.normalise is None else replace(network, normalise=args.normalise)


def finish(args: argparse.Namespace, result: dict[str, object]) -> None:
    """Writes --json."""
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        replace_file(args.json, json.dumps(result, indent=2) + "\n")


def together(jobs: list[argparse.Namespace], at_once: int, deadline: float) -> None:
    """All trainings, some of them at once; those not done at the deadline are given up."""
    groups: dict[str, list[argparse.Namespace]] = {}
    for job in jobs:
        own = {"seed", "json", "command"}
        rest = {key: value for key, value in vars(job).items() if key not in own}
        groups.setdefault(repr(rest), []).append(job)
    waiting = [(group, train(group)) for group in groups.values()]
    while waiting and time.monotonic() < deadline:
        running, later = waiting[:at_once], waiting[at_once:]
        left = [(group, steps) for group, steps in running if next(steps, "done") != "done"]
        waiting = [*left, *later]
    for group, _ in waiting:
        for job in group:
            print(f"not finished: {job.command}", file=sys.stderr)


def command(words: list[str], folder: Path | None) -> str:
    """The command line, with DIR for the data folder."""
    words = ["DIR" if word == str(folder) else word for word in words]
    return " ".join(["python bench/accuracy.py", *words])


def lines_of(path: Path) -> list[str]:
    """The trainings of --jobs, one a line."""
    try:
        return [line for line in path.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(
            f"The file of --jobs, {path}, cannot be read ({reason}); name a file with the options "
            "of one training in each line."
        ) from error


def parse(words: list[str]) -> argparse.Namespace:
    """Arguments of one training, or --jobs."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--network", default="mlp", help="a network's name or TOML file (default: mlp)")
    add("--data", default="mnist", choices=DATA_NAMES)
    add("--data-dir", type=Path, help="folder with the data set's official files")
    add("--epochs", type=int, default=1)
    add("--batch", type=int, help="samples a step (default: the network's)")
    add("--limit", type=int, help="train on the first N images only")
    add("--held-out", type=int, metavar="N",
        help="test on the last N training images, which are not trained on, instead of the test "
        "images: settings can then be chosen without the test images; not for imagenette and "
        "tinyimagenet, whose images come class by class")  # fmt: skip
    add("--seed", type=int, default=0)
    add("--float", action="store_true", help="train the float rule")
    add("--lr-shift", type=int, default=0, help="added to the network's lr_shifts")
    add("--momentum-shift", type=int, metavar="S", help="momentum 1 - 2**-S")
    settings = parser.add_argument_group("instead of the network's settings")
    add = settings.add_argument
    add("--lr-shifts", type=lambda text: tuple(map(int, text.split(","))), metavar="A,B")
    add("--schedule", choices=("epochs", "run"))
    add("--classifier-lr-shift", type=int)
    add("--step", choices=("layer", "channel"))
    add("--normalise", action=argparse.BooleanOptionalAction)
    add("--headroom", type=int)
    add("--temperature-shift", type=int)
    add("--modulation", choices=("none", "vector", "matrix"))
    add = parser.add_argument
    add("--device", default="cpu", choices=("cpu", "cuda"))
    add("--compile", action="store_true",
        help="compile the steps, with a C++ compiler or, for a GPU, Triton: three times as fast, "
        "after a minute")  # fmt: skip
    add("--chunk", type=int, help="images tested at once (default: 40, or 1000 on a GPU)")
    add("--jobs", type=Path, help="file of trainings, one a line, with these options")
    add("--at-once", type=int, default=9, help="--jobs at once, all seeds of one counted as one")
    add("--seconds", type=float, default=float("inf"), help="give up unfinished --jobs after it")
    add("--json", type=Path, help="write the result to a file")
    args = parser.parse_args(words)
    if args.device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device is cuda, but PyTorch finds no GPU; use --device cpu.")
    args.chunk = args.chunk or (1000 if args.device == "cuda" else 40)
    args.command = command(words, args.data_dir)
    return args


def main() -> int:
    """Entry point; returns the exit status."""
    torch.set_num_threads(1)
    try:
        args = parse(sys.argv[1:])
        jobs = [args]
        if args.jobs:
            common = ["--device", args.device, *(["--compile"] if args.compile else [])]
            jobs = [parse([*shlex.split(line), *common]) for line in lines_of(args.jobs)]
        waiting = [job for job in jobs if not (job.json and job.json.exists())]
        together(waiting, args.at_once, time.monotonic() + args.seconds)
    except (LlsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
