"""Files of a cell: results (JSON) and training state (safetensors), written atomically."""

import json
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from lls_hw.errors import LlsError
from lls_hw.paper.cells import Cell
from lls_hw.paper.model import PaperModel
from lls_hw.paper.optimiser import Optimisers
from lls_hw.paper.rules import RULES
from lls_hw.tools.files import replace_file
from lls_hw.tools.shown import said

__all__ = ["CellFiles", "ResultError", "ResultFile", "load_results"]


class ResultError(LlsError):
    """Result files that cannot be read, written or continued."""


@dataclass
class ResultFile:
    """Results of a cell."""

    cell: dict[str, Any]
    epochs: list[dict[str, Any]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    """Versions, machine, command, number of images and parameters."""

    @property
    def title(self) -> str:
        """Data, network and rule."""
        return f"{self.cell['data']} {self.cell['model']} {self.cell['rule']}"

    def accuracy(self, key: str = "test_accuracy") -> list[float]:
        """One number for each epoch."""
        return [epoch[key] for epoch in self.epochs]


def _replace(path: Path, content: bytes | str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise ResultError(
            f"{path} cannot be written ({error.strerror}); choose another folder with --out."
        ) from error


def _read(path: Path) -> ResultFile:
    try:
        content = json.loads(path.read_text("utf-8"))
        found = ResultFile(content["cell"], content["epochs"], content["about"])
        _check(found)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ResultError(
            f"{path} is no result of a cell or is damaged ({error!r:.200}); delete it to run its "
            "cell again, or move it to another folder."
        ) from error
    return found


def _check(result: ResultFile) -> None:
    """KeyError, TypeError or ValueError if something is missing or of another kind."""
    for name in ("data", "model", "rule", "augment", "limit"):
        result.cell[name]
    texts = [result.cell["data"], result.cell["model"], result.about["command"]]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("data, model and command must be texts")
    if result.cell["rule"] not in RULES:
        raise ValueError(f"there is no rule {result.cell['rule']!r}")
    _number(result.about["train_images"])
    for epoch in result.epochs:
        for name in ("test_accuracy", "cpu_seconds"):
            _number(epoch[name])
        if epoch["train_loss"] is not None:
            _number(epoch["train_loss"])


def _number(value: object) -> None:
    if not isinstance(value, int | float) or not isfinite(value):
        raise TypeError(f"{value!r} is no number")


def load_results(folder: Path) -> list[ResultFile]:
    """All cells in a folder, ordered by name."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


class CellFiles:
    """The result file and the state file of a cell."""

    def __init__(self, folder: Path, cell: Cell) -> None:
        self.cell = cell
        self.result_path = folder / f"{cell.name}.json"
        self.state_path = folder / f"{cell.name}.safetensors"

    def results(self) -> ResultFile:
        """Existing results; ResultError if a different recipe made them."""
        settings = self.cell.settings()
        if not self.result_path.exists():
            return ResultFile(settings)
        found = _read(self.result_path)
        for key, value in settings.items():
            if found.cell.get(key) != value:
                raise ResultError(
                    f"{self.result_path} was made with {key} {found.cell.get(key)!r}, not "
                    f"{value!r}; choose another folder with --out, or the same settings."
                )
        return found

    def save(self, result: ResultFile, model: PaperModel, optimisers: Optimisers) -> None:
        """Writes the state first. It includes the results, so that file suffices to continue."""
        tensors, counters = optimisers.state()
        tensors = {**tensors, **{f"model.{name}": t for name, t in model.state().items()}}
        stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        about = json.dumps({"epochs": result.epochs, "counters": counters})
        _replace(self.state_path, save(stored, {"about": about}))
        content = {"cell": result.cell, "about": result.about, "epochs": result.epochs}
        _replace(self.result_path, json.dumps(content, indent=1) + "\n")

    def load(
        self, result: ResultFile, model: PaperModel, optimisers: Optimisers
    ) -> list[dict[str, Any]]:
        """Restores the state after the last epoch; returns the results of all epochs."""
        if not self.state_path.exists():
            raise ResultError(
                f"{self.result_path} has {len(result.epochs)} epochs, but its state file "
                f"{self.state_path.name} is missing; delete the results to start again."
            )
        try:
            with safe_open(self.state_path, framework="pt") as file:
                about = json.loads(file.metadata()["about"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ResultError(
                f"{self.state_path} is damaged ({said(error)}); delete it and the results to start "
                "again."
            ) from error
        try:
            with torch.no_grad():
                for name, tensor in model.state().items():
                    tensor.copy_(tensors[f"model.{name}"])
            optimisers.load(tensors, about["counters"])
            return list(about["epochs"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ResultError(
                f"{self.state_path} is no state of this cell ({error!r:.200}); delete it and the "
                "results to start again."
            ) from error
