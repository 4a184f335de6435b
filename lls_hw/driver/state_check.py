"""Whether a training state is one of a network."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.contract.channels import RANGES, ChannelField
from lls_hw.contract.fields import Field
from lls_hw.contract.formats import SHIFT_MAX, VELOCITY_BITS, WEIGHT_BITS, WEIGHT_MAX
from lls_hw.contract.registers import Register
from lls_hw.driver.errors import InputError
from lls_hw.driver.state import TrainingState
from lls_hw.network.initial import initial_modulations
from lls_hw.network.network import Network

__all__ = ["check_class_names", "check_complete", "check_values", "checked_state"]

_WEIGHTS, _MODULATIONS, _VELOCITIES = "weights", "entries of the modulation", "velocities"
_RANGES = {
    _WEIGHTS: range(-WEIGHT_MAX, WEIGHT_MAX + 1),
    _MODULATIONS: Field("", WEIGHT_BITS, signed=True).values,
    _VELOCITIES: Field("", VELOCITY_BITS, signed=True).values,
}
"""What a board may begin with."""


def checked_state(network: Network, state: TrainingState) -> TrainingState:
    """The state with all that the network has; InputError when it is no state of the network.

    One without modulations starts from the identity, one without velocities from zero.
    """
    shapes, identity = network.shapes, initial_modulations(network)
    modulations = [entries.shape for entries in identity]
    still = [np.zeros(shape, np.int32) for shape in shapes]
    found = replace(
        state,
        weights=_shaped(network, _WEIGHTS, state.weights, shapes),
        modulations=_shaped(network, _MODULATIONS, state.modulations or identity, modulations),
        velocities=_shaped(network, _VELOCITIES, state.velocities or still, shapes),
        channels=_checked_channels(network, state.channels),
    )
    check_values(found)
    return found


def check_complete(network: Network, state: TrainingState) -> None:
    """InputError unless a state has modulations and velocities just if the network has them."""
    modulated = any(entries.size for entries in initial_modulations(network))
    for needed, kept, what in (
        (modulated, state.modulations, "modulations"),
        (network.training.momentum_shift > 0, state.velocities, "velocities"),
    ):
        if needed != any(values.size for values in kept):
            has, lacks = ("network", "state") if needed else ("state", "network")
            raise InputError(
                f"The {has} has {what}, but the {lacks} has none; the network is {network.name!r}."
            )


def check_class_names(network: Network, names: Sequence[str]) -> None:
    """InputError for more names than the network has classes."""
    if len(names) > network.classes:
        raise InputError(
            f"There are {len(names)} class names; network {network.name!r} has {network.classes} "
            "classes."
        )


def check_values(state: TrainingState) -> None:
    """InputError names the first value that no board can hold, whatever the network."""
    parts: dict[str, Sequence[NDArray[Any]]] = {
        _WEIGHTS: state.weights, _MODULATIONS: state.modulations, _VELOCITIES: state.velocities,
    }  # fmt: skip
    for what, arrays in parts.items():
        for layer, values in enumerate(arrays):
            _check_range(f"The {what} of layer {layer}", values, _RANGES[what])
    if len(state.shifts) != len(state.weights):
        raise InputError(
            f"There are shifts of {len(state.shifts)} layers, but weights of {len(state.weights)}."
        )
    for layer, shift in enumerate(state.shifts):
        _check_whole(f"The shift of layer {layer}", shift, SHIFT_MAX)
    _check_whole("The step", state.step, (1 << Register.STEP.fields.bits) - 1)


def _check_range(what: str, values: NDArray[Any], allowed: range) -> None:
    if values.dtype.kind not in "iu":
        raise InputError(f"{what} are {values.dtype}; give integers.")
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low not in allowed or high not in allowed:
        raise InputError(
            f"{what} reach from {low} to {high}; they must lie in {allowed[0]}..{allowed[-1]}."
        )


def _check_whole(what: str, value: object, limit: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not 0 <= int(value) <= limit:  # type: ignore[call-overload]
        raise InputError(f"{what} is {value!r}; it must be a whole number in 0..{limit}.")


def _shaped(
    network: Network, what: str, given: Sequence[NDArray[Any]], shapes: Sequence[tuple[int, ...]]
) -> list[NDArray[Any]]:
    """One array a layer; InputError names the first that is none, or of another shape."""
    if not isinstance(given, list | tuple):
        raise InputError(f"The {what} are of type {type(given).__name__}; give a list of arrays.")
    if len(given) != len(shapes):
        raise InputError(
            f"There are {what} of {len(given)} layers; network {network.name!r} has {len(shapes)}."
        )
    for layer, (values, shape) in enumerate(zip(given, shapes, strict=True)):
        if not isinstance(values, np.ndarray):
            raise InputError(
                f"The {what} of layer {layer} are of type {type(values).__name__}; give an array "
                "of NumPy."
            )
        if values.shape != shape:
            raise InputError(
                f"The {what} of layer {layer} have the shape {values.shape}; network "
                f"{network.name!r} needs {shape}."
            )
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
    if given and all(np.shape(values) == (n, few) for values, n in zip(given, sizes, strict=False)):
        raise InputError(
            f"The channel states have no {ChannelField(few).name.lower()}: an earlier release made "
            "them, whose steps of channels were others; start anew."
        )
    states = _shaped(network, "channel states", given, [(n, len(ChannelField)) for n in sizes])
    for layer, values in enumerate(states):
        if values.dtype.kind not in "iu":
            raise InputError(f"The channel states of layer {layer} are {values.dtype}, not whole.")
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
