"""Training speed of the integer golden model on one core: `python bench/golden_speed.py`.

MLP 784-128-64-10 at batch 16, in samples per second of processor time. Exits with status 1 below
1,000.
"""

import sys
import time

import numpy as np
import torch

from lls_hw.contract.basis import make_basis
from lls_hw.golden.model import IntegerModel
from lls_hw.network.file import load_network
from lls_hw.network.initial import initial_channels, initial_shifts, initial_weights
from lls_hw.network.layer_settings import layer_settings

__all__ = ["TARGET", "samples_per_second"]

TARGET = 1000


def samples_per_second(steps: int) -> float:
    """Speed over `steps` steps, after a tenth as many for warming up."""
    network, batch = load_network("mlp"), 16
    basis = make_basis(network.basis, network.classes, 128)
    settings = layer_settings(network, batch, 1)
    model = IntegerModel(
        initial_weights(network, 0), settings, initial_shifts(network), basis,
        channels=initial_channels(network, batch),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.integers(0, 128, (batch, network.inputs)))
    labels = torch.tensor(rng.integers(0, network.classes, batch))
    for step in range(-(steps // 10), steps):
        if step == 0:
            started = time.process_time()
        model.train_step(x, labels)
    return steps * batch / (time.process_time() - started)


if __name__ == "__main__":
    torch.set_num_threads(1)
    speed = samples_per_second(1000)
    print(f"{speed:,.0f} training samples/s")
    sys.exit(speed < TARGET)
