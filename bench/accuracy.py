"""Accuracy of the integer golden model: `python bench/accuracy.py --help`.

Trains with the samples, their order, the initial weights and the schedule that
`python -m lls_hw.train` uses, so a board ends with the same weights; `weights` in the result is
the SHA-256 of all of them, int16 little-endian, layer after layer. `--float` trains the float
rule instead.
"""

import argparse
import hashlib
import json
import platform
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from lls_hw.contract.basis import basis_shift, make_basis
from lls_hw.datasets.base import Dataset
from lls_hw.datasets.names import DATA_NAMES, load_data
from lls_hw.datasets.preprocess import quantise
from lls_hw.driver.errors import InputError
from lls_hw.driver.trainer import batches_of
from lls_hw.errors import LlsError
from lls_hw.golden.float_model import FloatModel, FloatResult
from lls_hw.golden.model import IntegerModel, StepResult
from lls_hw.network.file import load_network
from lls_hw.network.initial import (
    initial_channels,
    initial_modulations,
    initial_shifts,
    initial_weights,
)
from lls_hw.network.layer_settings import WEIGHT_FRACTION, layer_settings
from lls_hw.network.network import Network, NetworkError
from lls_hw.tools.files import replace_file


class Golden:
    """The integer model with its learning-rate schedule."""

    def __init__(self, network: Network, batch: int, seed: int) -> None:
        self.network, self.batch = network, batch
        self.basis = make_basis(network.basis, network.classes, network.widest)
        self.model = IntegerModel(
            initial_weights(network, seed),
            layer_settings(network, batch, 0),
            initial_shifts(network),
            self.basis,
            modulations=initial_modulations(network),
            channels=initial_channels(network, batch),
            vote=network.votes,
        )

    def train(self, x: torch.Tensor, labels: torch.Tensor, lr_shift: int) -> StepResult:
        self.model.settings = layer_settings(self.network, self.batch, lr_shift)
        return self.model.train_step(x, labels)

    def infer(self, x: torch.Tensor, labels: torch.Tensor) -> StepResult:
        return self.model.infer(x, labels)

    def digest(self) -> str:
        content = b"".join(w.numpy().astype("<i2").tobytes() for w in self.model.weights)
        return hashlib.sha256(content).hexdigest()


class Real(Golden):
    """The float model from the same initial weights."""

    def __init__(self, network: Network, batch: int, seed: int) -> None:
        super().__init__(network, batch, seed)
        if any(layer.modulation != "none" for layer in network.layers):
            raise NetworkError(f"--float has no modulation; network {network.name!r} has one.")
        if network.training.momentum_shift:
            raise NetworkError(f"--float has no momentum; network {network.name!r} has.")
        weights = [w.double() / 2**WEIGHT_FRACTION for w in self.model.weights]
        basis = torch.tensor(self.basis) * 2.0 ** -basis_shift(network.basis)
        self.real = FloatModel(network, weights, basis)

    def train(self, x: torch.Tensor, labels: torch.Tensor, lr_shift: int) -> FloatResult:
        return self.real.train_step(x, labels, lr_shift)

    def infer(self, x: torch.Tensor, labels: torch.Tensor) -> FloatResult:
        return self.real.infer(x, labels)

    def digest(self) -> str:
        return ""


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


def evaluate(model: Golden, inputs: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy and mean loss, 1,000 samples at once: inference does not depend on the batch."""
    correct, loss = 0, 0.0
    for k in range(0, len(inputs), 1000):
        x, y = torch.tensor(inputs[k : k + 1000]), torch.tensor(labels[k : k + 1000]).long()
        result = model.infer(x, y)
        correct += int((result.prediction == y).sum())
        loss += float(result.loss.sum())
    return correct / len(inputs), loss / len(inputs)


def train(args: argparse.Namespace) -> dict[str, object]:
    """All epochs; returns what --json writes."""
    network, data = load_network(args.network), load_data(args.data, args.data_dir)
    if args.held_out is not None:
        data = hold_out(data, args.held_out)
    batch = args.batch or network.training.batch
    if args.momentum_shift is not None:
        training = replace(network.training, momentum_shift=args.momentum_shift)
        network = replace(network, training=training)
    model = (Real if args.float else Golden)(network, batch, args.seed)
    inputs = quantise(data.train_images[: args.limit], network.offset)
    labels = data.train_labels[: args.limit]
    test_inputs, test_labels = quantise(data.test_images, network.offset), data.test_labels
    steps = len(inputs) // batch
    if not steps:
        raise InputError(
            f"There are {len(inputs)} images to train on, fewer than one batch of {batch}; raise "
            "--limit, or lower --batch or --held-out."
        )
    batches = batches_of(inputs, labels, batch, args.seed)
    epochs = []
    for epoch in range(args.epochs):
        started, correct, loss = time.process_time(), 0, 0.0
        for step, (x, y) in enumerate(islice(batches, steps), epoch * steps):
            lr_shift = network.training.lr_shift(step, steps, args.epochs) + args.lr_shift
            truth = torch.tensor(y).long()
            result = model.train(torch.tensor(x), truth, lr_shift)
            correct += int((result.prediction == truth).sum())
            loss += float(result.loss.sum())
        seconds = time.process_time() - started
        accuracy, test_loss = evaluate(model, test_inputs, test_labels)
        epochs.append({
            "epoch": epoch + 1, "last_lr_shift": lr_shift,
            "train_accuracy": round(correct / (steps * batch), 5),
            "train_loss": round(loss / (steps * batch), 5),
            "test_accuracy": accuracy, "test_loss": round(test_loss, 5),
            "samples_per_cpu_second": round(steps * batch / seconds),
        })  # fmt: skip
        print(json.dumps(epochs[-1]), flush=True)
    return {
        "command": command(args),
        "arithmetic": "float64" if args.float else "integer",
        "network": network.name,
        "layers": [network.inputs, *(layer.outputs for layer in network.layers)],
        "data": args.data, "train_images": len(inputs), "test_images": len(test_inputs),
        "held_out": args.held_out or 0,
        "batch": batch, "seed": args.seed,
        "test_accuracy": epochs[-1]["test_accuracy"],
        "weights": model.digest(),
        "epochs": epochs,
        "versions": {name: version(name) for name in ("lls-hw", "torch", "numpy")},
        "machine": platform.machine(),
    }  # fmt: skip


def command(args: argparse.Namespace) -> str:
    """The command line, with DIR for the data folder."""
    folder = str(args.data_dir)
    words = ("DIR" if word == folder else word for word in sys.argv[1:])
    return " ".join(["python bench/accuracy.py", *words])


def main() -> int:
    """Entry point; returns the exit status."""
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
    add("--json", type=Path, help="write the result to a file")
    args = parser.parse_args()
    torch.set_num_threads(1)
    try:
        result = train(args)
        if args.json:
            replace_file(args.json, json.dumps(result, indent=2) + "\n")
    except (LlsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
