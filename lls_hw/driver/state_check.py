"""Whether a training state is one of a network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.channels import RANGES, ChannelField
from lls_hw.driver.errors import InputError
from lls_hw.network.network import Network

__all__ = ["checked", "checked_channels"]


def checked(
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
    return list(given)


def checked_channels(network: Network, given: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Channel states (channels, 5), one a layer, or none if the network has none.

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
    states = checked(network, "channel states", given, [(n, len(ChannelField)) for n in sizes])
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
