"""The network of a checkpoint, and whether another one may take its place."""

from pathlib import Path
from typing import Any

from lls_hw.datasets.labels import as_class_names
from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import CheckpointError, InputError, as_clause
from lls_hw.driver.notes import DEFINITION
from lls_hw.driver.state_check import check_class_names, check_complete, checked_state
from lls_hw.network.file import network_of, table_of
from lls_hw.network.network import Network, NetworkError
from lls_hw.tools.shown import shown

__all__ = ["network_for"]


def network_for(path: Path, state: TrainingState, given: Network | None = None) -> Network:
    """The network of the checkpoint `path`, whose state is one of it.

    CheckpointError if a network is given that differs from the one that the checkpoint holds, which
    names the first setting that does; old checkpoints hold none, and need one. Its name may differ.
    """
    if DEFINITION not in state.meta:
        if given is None:
            raise CheckpointError(
                f"The checkpoint {path} names its network, {state.meta.get('network')!r}, but does "
                "not hold it; give the network as well."
            )
        network = given
    else:
        network = _held(path, state)
        if given is not None:
            _check_same(path, table_of(network), table_of(given))
            network = given
    try:
        checked_state(network, state)
        check_complete(network, state)
        check_class_names(network, as_class_names(state.meta.get("class_names")))
    except InputError as error:
        raise CheckpointError(
            f"The checkpoint {path} is not of network {network.name!r} ({as_clause(error)}); "
            "choose another file or network."
        ) from error
    return network


def _held(path: Path, state: TrainingState) -> Network:
    """The network that a checkpoint holds."""
    table: Any = state.meta[DEFINITION]
    try:
        return network_of(str(state.meta.get("network")), table)
    except NetworkError as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged: {as_clause(error)}; choose another file."
        ) from error


def _check_same(path: Path, made_with: object, now: object) -> None:
    """CheckpointError that names the first setting in which two tables of networks differ."""
    place: list[str | int] = []
    while made_with != now:
        key = _first_difference(made_with, now)
        if key is None:
            layer = next((f" in layer {key + 1}" for key in place if isinstance(key, int)), "")
            names = [key for key in place if isinstance(key, str)]
            name = ".".join(names[1:] or ["settings"]) if layer else ".".join(names)
            raise CheckpointError(
                f"The checkpoint {path} was made with {name} {shown(made_with)}{layer}, not "
                f"{shown(now)}; use the same settings or another checkpoint."
            )
        place.append(key)
        made_with, now = made_with[key], now[key]  # type: ignore[index]


def _first_difference(one: object, other: object) -> str | int | None:
    """The first entry in which two tables or lists of the same entries differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(key for key in one if one[key] != other[key])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        if all(isinstance(entry, dict) for entry in (*one, *other)):
            return next(k for k, entry in enumerate(one) if entry != other[k])
    return None
