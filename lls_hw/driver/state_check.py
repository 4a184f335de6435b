"""Whether a training state is one of a network."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.channels import RANGES, ChannelField
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.network.initial import initial_modulations
from lls_hw.network.network import Network

__all__ = ["checked_state"]


def checked_state(network: Network, state: TrainingState) -> TrainingState:
    """The state with all that the network has; InputError when it is no state of the network.

    One without modulations starts from the identity, one without velocities from zero.
    """
    shapes, identity = network.shapes, initial_modulations(network)
    modulations = [entries.shape for entries in identity]
    still = [np.zeros(shape, np.int32) for shape in shapes]
    return replace(
        state,
        weights=_checked(network, "weights", state.weights, shapes),
        modulations=_checked(
            network, "entries of the modulation", state.modulations or identity, modulations
        ),
        velocities=_checked(network, "velocities", state.velocities or still, shapes),
        channels=_checked_channels(network, state.channels),
    )


def _checked(
    network: Network, what: str, given: Sequence[NDArray[Any]], shapes: Sequence[tuple[int, ...]]
) -> list[NDArray[Any]]:
    """One array a layer; InputError names the first of another shape."""
    if len(given) != len(shapes):
        raise InputError(
            f"There are {what} of {len(given)} layers; network {network.name!r} has {len(shapes)}."
        )
    for layer, (values, shape) in enumerate(zip(given, shapes, strict=True)):
        if values.shape != shape:
            raise InputError(
                f"The {what} of layer {layer} have the shape {values.shape}; network "
                f"{network.name!r} needs {shape}."
            )
        if values.dtype.kind not in "iu":
            raise InputError(f"The {what} of layer {layer} are {values.dtype}; give integers.")
    return list(given)


def _checked_channels(network: Network, given: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Channel states (channels, 6), one a layer, or none if the network has none.

    InputError if they are missing, too many, of another shape, or no possible values.
    """
    if network.channel_state and not given:
        raise InputError(
            f"The state has no channel states, but network {network.name!r} has normalise or step "
            "set and needs them; use a checkpoint that has them, or start anew."
        )
    if given and not network.channel_state:
        raise InputError(
            f"The state has channel states, but network {network.name!r} has neither normalise nor "
            "step set; use the settings with which the state was made."
        )
    sizes = [shape.channels for shape in network.geometry] if network.channel_state else []
    few = len(ChannelField) - 1
    if given and all(values.shape == (n, few) for values, n in zip(given, sizes, strict=False)):
        raise InputError(
            f"The channel states have no {ChannelField(few).name.lower()}: an earlier release made "
            "them, whose steps of channels were others; start anew."
        )
    states = _checked(network, "channel states", given, [(n, len(ChannelField)) for n in sizes])
    for layer, values in enumerate(states):
        for field, limits in RANGES.items():
            column = values[:, field].astype(np.int64)
            wrong = np.flatnonzero((column < limits[0]) | (column > limits[-1]))
            if len(wrong):
                channel = int(wrong[0])
                raise InputError(
                    f"The {field.name.lower()} of channel {channel} of layer {layer} is "
                    f"{column[channel]}; it must lie in {limits[0]}..{limits[-1]}: the state is "
                    "damaged, use another checkpoint."
                )
    return states
