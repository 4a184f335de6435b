"""Trains one cell with the paper's loop; resumes after the last complete epoch."""

import math
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lls_hw.datasets.names import Dataset
from lls_hw.golden.rule import softmax_loss
from lls_hw.paper.cells import Cell
from lls_hw.paper.learning import learn
from lls_hw.paper.model import PaperModel
from lls_hw.paper.networks import RecipeError, network
from lls_hw.paper.optimiser import Optimisers
from lls_hw.paper.recipes import Recipe, batches, recipe_for
from lls_hw.paper.results import CellFiles, ResultFile
from lls_hw.paper.rules import rule

__all__ = ["Progress", "Run", "run_cell"]

CALIBRATION_BATCHES = 50
"""Training batches that set BatchNorm's statistics for the averaged weights, as published."""
TEST_BATCH = 500

Progress = Callable[[int, int, str], None]
"""Called after each training step: steps done, steps of the epoch, and a short text."""


class Run:
    """A model in training, with its data."""

    def __init__(self, cell: Cell, data: Dataset, device: str = "cpu") -> None:
        self.cell, self.device = cell, device
        if cell.limit is not None:
            data = data.first(cell.limit)
        if len(data.train_images) < 2:
            raise RecipeError(
                f"{cell.data} has {len(data.train_images)} training images; training needs at "
                "least 2: raise --limit."
            )
        self.data = data
        self.recipe: Recipe = recipe_for(cell.data, cell.model, cell.augment)
        channels, height, width = data.train_images.shape[1:]
        shape = (channels, *self.recipe.size(height, width))
        self.plan = network(cell.model).plan(shape, data.classes)
        self.model = PaperModel(self.plan, rule(cell.rule), cell.seed, device=device)
        self.optimisers = Optimisers(self.model.parameters(), cell.learning_rate)

    def about(self, command: str) -> dict[str, Any]:
        """Command, versions and device that made the results, and sizes."""
        names = ("lls-hw", "torch", "numpy", "schedulefree")
        device = torch.cuda.get_device_name() if self.device != "cpu" else platform.machine()
        return {
            "command": command,
            "train_images": len(self.data.train_images),
            "test_images": len(self.data.test_images),
            "input": list(self.plan.input),
            "classes": self.plan.classes,
            "parameters": self.plan.parameters,
            "device": device,
            "threads": torch.get_num_threads(),
            "versions": {name: version(name) for name in names},
        }

    def epoch(self, number: int, progress: Progress) -> dict[str, Any]:
        """Trains epoch `number`, counted from 0, then tests; returns its figures."""
        seconds, cpu = time.perf_counter(), time.process_time()
        total, correct, count = 0.0, 0, 0
        local = np.zeros(len(self.model.blocks))
        steps = -(-len(self.data.train_images) // self.cell.batch)
        for step, (x, labels) in enumerate(self._batches(number), 1):
            labels = labels.to(self.device)
            result = learn(self.model, x, labels, self.optimisers.step)
            total += float(result.loss.sum())
            correct += int((result.logits.argmax(dim=1) == labels).sum())
            count += len(labels)
            if result.local:
                local += [float(loss.sum()) for loss in result.local]
            progress(step, steps, f"loss {total / count:.3f}  accuracy {correct / count:.2%}")
        seconds, cpu = time.perf_counter() - seconds, time.process_time() - cpu
        accuracy, test_loss = self.test(number)
        return {
            "epoch": number + 1,
            "train_loss": _figure(total / count),
            "train_accuracy": _figure(correct / count),
            "local_losses": [_figure(loss / count) for loss in local] if local.any() else [],
            "test_accuracy": accuracy,
            "test_loss": _figure(test_loss),
            "seconds": round(seconds, 3),
            "cpu_seconds": round(cpu, 3),
        }

    def test(self, number: int) -> tuple[float, float]:
        """Accuracy and mean loss of the averaged weights on the test images."""
        self.optimisers.evaluate()
        with torch.no_grad():
            for x, _ in islice(self._batches(number, purpose=1), CALIBRATION_BATCHES):
                self.model.infer(x, train=True)
            correct, total = 0, 0.0
            for x, labels in self._tests(self.data.test_images, self.data.test_labels):
                logits = self.model.infer(x)
                correct += int((logits.argmax(dim=1) == labels).sum())
                total += float(softmax_loss(logits, labels)[0].sum())
        self.optimisers.train()
        return correct / len(self.data.test_images), total / len(self.data.test_images)

    def _batches(self, number: int, purpose: int = 0) -> Any:
        return batches(self.data, self.recipe, self.cell.batch, self.cell.seed, number, purpose)

    def _tests(
        self, images: NDArray[np.uint8], labels: NDArray[np.uint8]
    ) -> list[tuple[Tensor, Tensor]] | Any:
        for start in range(0, len(images), TEST_BATCH):
            part = slice(start, start + TEST_BATCH)
            y = torch.from_numpy(labels[part].astype(np.int64))
            yield self.recipe.test(images[part]), y.to(self.device)


def _figure(value: float) -> float | None:
    """Five digits; None if a run has diverged, since JSON has no infinity."""
    return round(value, 5) if math.isfinite(value) else None


def run_cell(
    cell: Cell, data: Callable[[], Dataset], folder: Path, epochs: int, progress: Progress,
    device: str = "cpu", command: str = "",
) -> ResultFile:  # fmt: skip
    """Trains until the cell has that many epochs, continuing from what `folder` holds."""
    files = CellFiles(folder, cell)
    result = files.results()
    if len(result.epochs) >= epochs:
        return result
    run = Run(cell, data(), device)
    if files.state_path.exists() or result.epochs:
        result.epochs = files.load(result, run.model, run.optimisers)
    result.about = run.about(command)
    for number in range(len(result.epochs), epochs):
        result.epochs.append(run.epoch(number, progress))
        files.save(result, run.model, run.optimisers)
        if result.epochs[-1]["train_loss"] is None:
            break
    return result
