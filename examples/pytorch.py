"""From PyTorch onto a board, and back.

    python examples/pytorch.py --board sim

Trains an `nn.Sequential` in PyTorch, brings it onto a board, trains it there further, and returns
to PyTorch with a module that predicts what the board does.
"""

import argparse
import sys

import torch
from torch import nn

import lls_hw
from lls_hw.tools.command_line import exit_status


def pretrained(images, labels, epochs):
    """A module that the engine can take: no bias, LeakyReLU(1/8)."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        nn.LeakyReLU(0.125),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 10, bias=False),
    )
    optimiser = torch.optim.Adam(module.parameters(), 3e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(module(images[rows]), labels[rows]).backward()
            optimiser.step()
    return module.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--board", default="sim", metavar="URL", help="(default: sim)")
    parser.add_argument("--epochs", type=int, default=10, metavar="N", help="(default: 10)")
    args = parser.parse_args()
    data = lls_hw.load_data("digits")
    images = torch.tensor(data.train_images / 255).float()
    labels = torch.tensor(data.train_labels).long()
    test = torch.tensor(data.test_images / 255).float()
    module = pretrained(images, labels, args.epochs)
    with torch.no_grad():
        expected = module(test).argmax(1).numpy()
    training = lls_hw.Training(batch=8, step="channel")
    with lls_hw.Board(args.board) as board:
        model = lls_hw.Model.from_torch(board, module, data.train_images, training=training)
        same = (model.predict(data.test_images) == expected).mean()
        print(f"{same:.1%} of the predictions on the {board.kind} are the module's")
        model.fit(data.train_images[:400], data.train_labels[:400])
        predicted = model.predict(data.test_images)
        exact = model.to_torch().predict(torch.from_numpy(data.test_images)).numpy()
        assert (exact == predicted).all()
        accuracy = (predicted == data.test_labels).mean()
        print(f"{accuracy:.1%} after 400 images on the {board.kind}; in PyTorch again: the same")


if __name__ == "__main__":
    sys.exit(exit_status(main))
