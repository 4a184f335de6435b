"""How close PyTorch modules stay to themselves on a board.

    python bench/transfer.py --json bench/results/transfer.json

Trains modules of several kinds in floating point on the 8 x 8 digits, with Adam, and transfers each
with `Model.from_torch`. Compares predictions and probabilities of the test images.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

import lls_hw
from lls_hw.tools.files import replace_file

MEAN, STD = 0.3, 0.35
EPOCHS = 15


def _conv(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return [conv, nn.LeakyReLU(0.125)]


def _dense(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs, bias=False), nn.LeakyReLU(0.125)]


def _end(inputs: int) -> list[nn.Module]:
    return [nn.Flatten(), nn.Linear(inputs, 10, bias=False)]


def modules() -> dict[str, nn.Sequential]:
    """Untrained modules by what they are."""
    deep = [m for k in range(5) for m in _conv(16 if k else 1, 16)]
    kinds = {
        "fully connected, 3 layers": [nn.Flatten(), *_dense(64, 48), *_dense(48, 32), *_end(32)],
        "2 convolutions, max pooling": [
            *_conv(1, 16), nn.MaxPool2d(2), *_conv(16, 24), nn.MaxPool2d(2), *_end(96)
        ],
        "2 convolutions, averages of 4 pixels": [
            *_conv(1, 16), nn.MaxPool2d(2), *_conv(16, 24), nn.AvgPool2d(2), *_end(96)
        ],
        "the same, normalised": [
            *_conv(1, 16), nn.MaxPool2d(2), nn.BatchNorm2d(16),
            *_conv(16, 24), nn.AvgPool2d(2), nn.BatchNorm2d(24), *_end(96)
        ],
        "5 convolutions, averages of 64 pixels": [*deep, nn.AdaptiveAvgPool2d(1), *_end(16)],
    }  # fmt: skip
    return {name: nn.Sequential(*layers) for name, layers in kinds.items()}


def train(module: nn.Sequential, x: torch.Tensor, y: torch.Tensor) -> None:
    """Trains in floating point."""
    optimiser = torch.optim.Adam(module.parameters(), 3e-3)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(64)[:-1]:
            optimiser.zero_grad()
            cross_entropy(module(x[rows]), y[rows]).backward()
            optimiser.step()
    module.eval()


def measure(seed: int, data: lls_hw.Dataset) -> dict[str, dict[str, float]]:
    """Results of every kind of module for one seed."""
    torch.manual_seed(seed)
    found = {}
    x, test = (
        (torch.tensor(i / 255).float() - MEAN) / STD for i in (data.train_images, data.test_images)
    )
    for name, module in modules().items():
        train(module, x, torch.tensor(data.train_labels).long())
        with torch.no_grad():
            expected = torch.softmax(module(test), dim=1).numpy()
        board = lls_hw.Board("golden")
        model = lls_hw.Model.from_torch(board, module, data.train_images, mean=MEAN, std=STD)
        scores, classes = model.scores(data.test_images), model.predict(data.test_images)
        found[name] = {
            "float_accuracy": float((expected.argmax(1) == data.test_labels).mean()),
            "board_accuracy": float((classes == data.test_labels).mean()),
            "equal_predictions": float((classes == expected.argmax(1)).mean()),
            "mean_difference": float(np.abs(scores - expected).mean()),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    data = lls_hw.load_data("digits")
    runs = [measure(seed, data) for seed in range(args.seeds)]
    means = {
        name: {key: float(np.mean([run[name][key] for run in runs])) for key in runs[0][name]}
        for name in runs[0]
    }
    for name, values in means.items():
        print(f"{name:40}", *(f"{key} {value:.4f}" for key, value in values.items()))
    if args.json:
        text = {"data": "digits", "seeds": args.seeds, "epochs": EPOCHS, "modules": means}
        replace_file(args.json, json.dumps(text, indent=2) + "\n")


if __name__ == "__main__":
    main()
