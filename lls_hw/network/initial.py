"""The initial state of a network's training."""

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.channels import (
    FRACTION,
    TARGET_FRACTION,
    ChannelField,
    deviation_target,
    initial_size,
    initial_unit,
    power_target,
)
from lls_hw.contract.modulation import initial_modulation
from lls_hw.network.layer_settings import WEIGHT_FRACTION
from lls_hw.network.network import Network

__all__ = ["initial_channels", "initial_modulations", "initial_shifts", "initial_weights"]

INITIAL_SHIFTS = (WEIGHT_FRACTION + 2, WEIGHT_FRACTION)
"""Requantisation shifts of the first layer and of all others for the first batch. For any fan-in,
initial sums have the effective value of their inputs, and the largest is about four times that: 256
for images, 64 for activations with one bit of headroom."""


def initial_weights(network: Network, seed: int) -> list[NDArray[np.int16]]:
    """Uniform integers with standard deviation 2**12 / sqrt(fan_in), (fan_in, fan_out) each."""
    rng = np.random.default_rng(seed)
    weights = []
    for fan_in, fan_out in network.shapes:
        limit = round((1 << WEIGHT_FRACTION) * (3 / fan_in) ** 0.5)
        weights.append(rng.integers(-limit, limit, (fan_in, fan_out), np.int16, endpoint=True))
    return weights


def initial_modulations(network: Network) -> list[NDArray[np.int16]]:
    """The identity in every modulated block; an empty array for the other layers."""
    return [initial_modulation(layer.modulation, network.classes) for layer in network.layers]


def initial_shifts(network: Network) -> list[int]:
    """Requantisation shift of each layer for the first batch; the classifier has none."""
    first, other = INITIAL_SHIFTS
    return [first, *[other] * len(network.layers)][: len(network.layers) - 1] + [0]


def initial_channels(network: Network, batch: int) -> list[NDArray[np.int32]]:
    """Channel state of each layer, (channels, len(ChannelField)); nothing if the network has none.

    The unit is that of initial weights and inputs, the size a guess from the pixels of a batch, and
    the statistics say that both are right; they follow the data.
    """
    if not network.channel_state:
        return []
    layers = []
    for index, shape in enumerate(network.geometry):
        state = np.zeros((shape.channels, len(ChannelField)), np.int32)
        outputs = deviation_target(batch * shape.handed_on)
        state[:, ChannelField.DEVIATION] = outputs << FRACTION - TARGET_FRACTION
        state[:, ChannelField.POWER] = power_target(shape.fan_in) << FRACTION
        state[:, ChannelField.UNIT] = initial_unit(WEIGHT_FRACTION)
        classifier = index == network.classifier
        state[:, ChannelField.SIZE] = initial_size(batch * shape.pixels, classifier)
        state[:, ChannelField.SEEN] = 1
        layers.append(state)
    return layers
