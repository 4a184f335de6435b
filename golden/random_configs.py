"""Seeded random engines with small memories, and networks that fit them."""

import numpy as np

from lls_hw.contract.config import Config
from lls_hw.golden.random_networks import (
    random_basis,
    random_convolution,
    random_modulation,
    random_momentum,
    random_normalise,
    random_prediction,
    random_step,
)
from lls_hw.network.network import Dense, Network, NetworkError, Training
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError

__all__ = ["random_config", "random_network"]

_ATTEMPTS = 300
_MOST_BLOCKS = 4
_ROUND = 0.25
"""Share of the memories whose depth is a power of two."""


def random_config(rng: np.random.Generator, sizes: tuple[int, ...] = (2, 4)) -> Config:
    """An engine with `sizes` rows and columns and with memories of any depth.

    Every field varies; all memories are small, so that it is simulated in little time.
    """

    def number(least: int, most: int) -> int:
        """Small and large ones are equally likely."""
        value = int(least * (most / least) ** rng.random())
        return 1 << (value - 1).bit_length() if rng.random() < _ROUND else value

    def choose(*values: int) -> int:
        return int(rng.choice(values))

    max_layers = int(rng.integers(1, 10))
    max_classes = number(2, 70)
    rows, cols = choose(*sizes), choose(*sizes)
    channels = cols <= 2 * rows and rng.random() < 0.6
    return Config(
        rows=rows,
        cols=cols,
        channel_depth=number(8, 300) if channels else 0,
        vote_depth=number(8, 300) if rng.random() < 0.5 else 0,
        weight_depth=number(200, 3000),
        act_depth=number(60, 1500),
        acc_depth=number(2, 100),
        latent_depth=number(40, 600),
        sign_depth=number(60, 1500),
        image_channels=number(1, 4),
        image_depth=number(12, 300),
        max_width=number(3, 20),
        lanes=choose(2, 4, 8, 16),
        max_classes=max_classes,
        basis_depth=number(40, 500),
        basis_bits=choose(2, 8),
        basis_classes=int(rng.integers(2, max_classes + 1)),
        modulation_depth=number(4, 400) if rng.random() < 0.5 else 0,
        momentum=bool(rng.random() < 0.4),
        max_batch=choose(2, 4, 8, 16),
        max_layers=max_layers,
        program_depth=number(4 * max_layers + 3, 4 * max_layers + 33),
        link_depth=choose(1024, 2048),
        maps=bool(rng.random() < 0.8),
        trace=bool(rng.random() < 0.8),
    )


def random_network(
    rng: np.random.Generator, config: Config, batch: int, most_cycles: int = 1 << 40
) -> Network:
    """A network that fits the engine, as large as chance has it.

    Its training step takes at most `most_cycles`. Where nothing larger is found, it is a
    classifier of two classes and one input.
    """
    most = min(config.max_layers - 1, _MOST_BLOCKS)
    blocks = int(rng.integers(1, most + 1)) if most else 0
    maps = int(rng.integers(0, blocks + 1)) if config.maps else 0
    for attempt in range(_ATTEMPTS):
        try:
            network = _network(rng, config, blocks, maps, scale=1 - attempt / _ATTEMPTS)
            program = compile_network(network, config, batch)
        except (FitError, NetworkError):
            continue
        if program.train_cycles <= most_cycles:
            return network
    return Network("random", (1, 1, 1), (Dense(2),))


def _network(
    rng: np.random.Generator, config: Config, blocks: int, maps: int, scale: float
) -> Network:
    """Any network of so many blocks, the first `maps` of them convolutions."""

    def size(most: float) -> int:
        return int(rng.integers(1, max(int(most * scale), 1) + 1))

    classes = min(int(rng.integers(2, config.max_classes + 1)), 2 + size(config.max_classes))
    convolutions = [random_convolution(rng, max(int(14 * scale), 1), [config]) for _ in range(maps)]
    dense = [
        Dense(
            size(24),
            headroom=int(rng.integers(0, 3)),
            temperature_shift=int(rng.integers(-3, 5)),
            modulation=random_modulation(rng, [config]),
        )
        for _ in range(blocks - maps)
    ]
    channels = int(rng.choice([1, config.image_channels, size(6)]))
    return Network(
        "random",
        (channels, size(11), size(11)) if maps else (1, 1, size(40)),
        (*convolutions, *dense, Dense(classes)),
        Training(momentum_shift=random_momentum(rng, [config]), step=random_step(rng, [config])),
        basis=random_basis(rng, [config]),
        normalise=random_normalise(rng, [config]),
        predict=random_prediction(rng, [config]),
    )
