"""Training state: weights, what training keeps beside them, and step number."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["TrainingState"]


@dataclass(frozen=True)
class TrainingState:
    """All that training depends on. Two runs from equal states stay equal bit for bit.

    `weights` are (fan_in, fan_out) int16, one a layer; `shifts` one a layer; `step` counts
    training steps; `meta` says what the state belongs to (JSON values). `modulations` are (K,) or
    (K, K) int16, one a layer, empty where a layer has none; no list at all if none has.
    `velocities` are int32 in the shapes of the weights; no list at all without momentum.
    `channels` are (channels, 6) int32, one a layer, as `contract.channels.ChannelField` says; no
    list at all without normalisation and steps of channels.
    """

    weights: list[NDArray[np.int16]]
    shifts: list[int]
    step: int = 0
    meta: dict[str, object] = field(default_factory=dict)
    modulations: list[NDArray[np.int16]] = field(default_factory=list)
    velocities: list[NDArray[np.int32]] = field(default_factory=list)
    channels: list[NDArray[np.int32]] = field(default_factory=list)
