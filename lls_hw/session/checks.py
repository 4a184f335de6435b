"""Arguments of a session that are no images."""

from typing import Any

import numpy as np

from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.network.network import Network
from lls_hw.session.board import Board

__all__ = ["check_arguments", "check_epochs", "check_flags", "pair"]


def check_arguments(
    board: object,
    network: object,
    seed: object,
    batch: object,
    names: tuple[str, ...],
    state: object,
) -> None:
    """InputError for anything but a board, a network, a seed, a batch size, names and a state."""
    if not isinstance(board, Board):
        raise InputError(f"The board is {board!r}; give an lls_hw.Board, such as Board('sim').")
    if not isinstance(network, Network):
        raise InputError(
            f"The network is {network!r}; give an lls_hw.Network, such as load_network('tinyconv')."
        )
    if not _whole(seed, 0):
        raise InputError(f"The seed is {seed!r}; use a whole number from 0 on.")
    if batch is not None and not _whole(batch, 1):
        raise InputError(f"The batch size is {batch!r}; use a whole number from 1 on.")
    if len(names) > network.classes:
        raise InputError(
            f"There are {len(names)} class names; network {network.name!r} has {network.classes} "
            "classes."
        )
    if state is not None and not isinstance(state, TrainingState):
        raise InputError(
            f"The state is of type {type(state).__name__}; give a TrainingState, such as "
            "Model.state() returns."
        )


def check_flags(**flags: object) -> None:
    """InputError for anything but True, False or None: a text such as "no" would count as yes."""
    for name, value in flags.items():
        if value is not None and not isinstance(value, bool | np.bool_):
            raise InputError(f"{name} is {value!r}; it must be True or False.")


def check_epochs(epochs: object, run: object, begun: int) -> None:
    """InputError for epochs that cannot be trained, or that are not part of the run."""
    if not _whole(epochs, 1):
        raise InputError(f"epochs is {epochs!r}; train for a whole number of epochs from 1.")
    if run is not None and not _whole(run, 1):
        raise InputError(f"run is {run!r}; it must be the number of epochs of the whole run.")
    if run is not None and begun + int(epochs) > int(run):  # type: ignore[call-overload]
        raise InputError(
            f"{begun} epochs are trained and {epochs} more are asked for, but run is {run}; a run "
            "must have them all."
        )


def _whole(value: object, least: int) -> bool:
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return number and int(value) >= least  # type: ignore[call-overload]


def pair(validation: Any) -> tuple[Any, Any]:
    """Images and labels; InputError for anything else."""
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise InputError(
            f"validation is of type {type(validation).__name__}; give a pair of images and labels."
        )
    return validation[0], validation[1]
