"""Seeded random networks that fit an engine, for comparison with the golden model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.basis import BASES
from lls_hw.contract.channels import FRACTION, POWER_BITS, RANGES, ChannelField
from lls_hw.contract.config import Config
from lls_hw.contract.formats import MOMENTUM_SHIFT_MAX
from lls_hw.contract.modulation import MODULATIONS
from lls_hw.network.initial import initial_channels
from lls_hw.network.network import PREDICTIONS, Conv, Dense, Network, NetworkError, Training
from lls_hw.program.compiler import compile_network
from lls_hw.program.fit import FitError

__all__ = [
    "INPUT_KINDS", "random_basis", "random_channels", "random_convolution", "random_convolutions",
    "random_inputs", "random_modulation", "random_momentum", "random_normalise",
    "random_prediction", "random_step",
]  # fmt: skip

INPUT_KINDS = ("random", "zero", "max", "one hot", "constant")
_FOLLOW = ("none", "pool", "average")


def random_convolutions(
    rng: np.random.Generator,
    configs: Sequence[Config],
    batch: int,
    *,
    most_layers: int = 4,
    most_channels: int = 12,
    most_pixels: int = 11,
    most_cycles: int = 1 << 40,
) -> Network:
    """Convolutions, perhaps a fully connected block, and a classifier.

    1 to `most_layers` layers before the classifier, maps of 1 to `most_pixels` rows and columns,
    1 to `most_channels` channels; 1, 3 and the patch packer's number of image channels are likely.
    The network fits all `configs`, and no training step of them takes more than `most_cycles`.
    """
    image_channels = {1, 3, *(config.image_channels for config in configs)}
    count = int(rng.integers(1, most_layers + 1))
    dense = int(rng.integers(0, 2)) if count > 1 else 0
    while True:
        layers: list[Dense | Conv] = [
            random_convolution(rng, most_channels, configs) for _ in range(count - dense)
        ]
        layers += [Dense(int(rng.integers(1, most_channels + 1))) for _ in range(dense)]
        layers.append(Dense(int(rng.choice([2, 5, 10, 17]))))
        channels = [*image_channels, int(rng.integers(1, most_channels + 1))]
        height, width = (int(size) for size in rng.integers(1, most_pixels + 1, 2))
        try:
            size = (int(rng.choice(channels)), height, width)
            network = Network(
                "random", size, tuple(layers), basis=random_basis(rng, configs),
                training=Training(
                    momentum_shift=random_momentum(rng, configs), step=random_step(rng, configs)
                ),
                normalise=random_normalise(rng, configs),
                predict=random_prediction(rng, configs),
            )  # fmt: skip
            programs = [compile_network(network, config, batch) for config in configs]
        except (FitError, NetworkError):
            continue
        if max(program.train_cycles for program in programs) <= most_cycles:
            return network


def random_basis(rng: np.random.Generator, configs: Sequence[Config]) -> str:
    """Random waveform; draws no number if an engine has only one."""
    both = all(config.basis_bits == 8 for config in configs)
    return str(rng.choice(BASES)) if both else "square"


def random_modulation(rng: np.random.Generator, configs: Sequence[Config]) -> str:
    """Random kind of modulation; draws no number if an engine has none."""
    able = all(config.modulation_depth for config in configs)
    return str(rng.choice(MODULATIONS)) if able else "none"


def random_momentum(rng: np.random.Generator, configs: Sequence[Config]) -> int:
    """Random momentum shift; draws no number if an engine has none."""
    able = all(config.momentum for config in configs)
    return int(rng.integers(0, MOMENTUM_SHIFT_MAX + 1)) if able else 0


def random_normalise(rng: np.random.Generator, configs: Sequence[Config]) -> bool:
    """Normalisation in two of three; draws no number if an engine has none."""
    able = all(config.channel_depth for config in configs)
    return bool(rng.random() < 2 / 3) if able else False


def random_prediction(rng: np.random.Generator, configs: Sequence[Config]) -> str:
    """Whose scores decide; draws no number if an engine has no votes."""
    able = all(config.vote_depth for config in configs)
    return str(rng.choice(PREDICTIONS)) if able else "classifier"


def random_step(rng: np.random.Generator, configs: Sequence[Config]) -> str:
    """Steps of channels in two of three; draws no number if an engine has none."""
    able = all(config.channel_depth for config in configs)
    return "channel" if able and rng.random() < 2 / 3 else "layer"


def random_channels(
    rng: np.random.Generator, network: Network, batch: int
) -> list[NDArray[np.int32]]:
    """Channel states (O, 6): in three of four channels such as occur, anything in the others."""
    states = initial_channels(network, batch)
    for state in states:
        count = len(state)
        state[:, ChannelField.MEAN] = rng.integers(-64 << FRACTION, 64 << FRACTION, count)
        for field, most in ((ChannelField.UNIT, 3), (ChannelField.SIZE, 5)):
            state[:, field] += rng.integers(-most, most + 1, count, np.int32)
        for field in (ChannelField.DEVIATION, ChannelField.POWER):
            state[:, field] = state[:, field] * rng.uniform(0.3, 3, count)
        wild = rng.random(count) < 1 / 4
        for field, limits in RANGES.items():
            state[wild, field] = rng.integers(limits[0], limits[-1] + 1, int(wild.sum()))
            state[:, field] = state[:, field].clip(limits[0], limits[-1])
        # A power that forgets nothing has room for a gradient.
        state[:, ChannelField.SEEN] |= state[:, ChannelField.POWER] >= 1 << POWER_BITS - 2
    return states


def random_convolution(
    rng: np.random.Generator, most_channels: int, configs: Sequence[Config]
) -> Conv:
    """A convolution with 1 to `most_channels` output channels."""
    follow = str(rng.choice(_FOLLOW))
    return Conv(
        outputs=int(rng.integers(1, most_channels + 1)),
        kernel=int(rng.choice([1, 3, 3])),
        stride=int(rng.choice([1, 1, 2])),
        cells=int(rng.choice([1, 2, 4])),
        pool=follow == "pool",
        average=follow == "average",
        headroom=int(rng.integers(0, 3)),
        temperature_shift=int(rng.integers(-3, 5)),
        modulation=random_modulation(rng, configs),
    )


def random_inputs(kind: str, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A batch (N, I) of int8; all `INPUT_KINDS` except the first are corner cases."""
    if kind == "zero":
        return np.zeros(shape, np.int8)
    if kind == "max":
        return np.where(rng.random(shape) < 0.5, 127, -127).astype(np.int8)
    if kind == "one hot":
        x = np.zeros(shape, np.int8)
        x[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = 127
        return x
    if kind == "constant":
        return np.full(shape, rng.integers(-127, 128), np.int8)
    return rng.integers(-127, 128, shape).astype(np.int8)
