"""Arguments of a session that are no images."""

from typing import Any

import numpy as np

from lls_hw.driver.checkpoint import TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.driver.state_check import check_class_names
from lls_hw.network.network import Network
from lls_hw.session.board import Board
from lls_hw.session.flags import check_flags

__all__ = ["check_arguments", "check_epochs", "pair"]


def check_arguments(
    board: object,
    network: object,
    seed: object,
    batch: object,
    names: tuple[str, ...],
    state: object,
    verify: object,
) -> None:
    """InputError for the first argument of a model that is none."""
    check_flags(verify=verify)
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
    check_class_names(network, names)
    if state is not None and not isinstance(state, TrainingState):
        raise InputError(
            f"The state is of type {type(state).__name__}; give a TrainingState, such as "
            "Model.state() returns."
        )


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


def pair(name: str, value: Any) -> tuple[Any, Any]:
    """Images and labels; InputError, which names the argument, for anything else."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        kind = type(value).__name__
        what = f"a {kind} of {len(value)}" if isinstance(value, tuple | list) else f"of type {kind}"
        raise InputError(f"{name} is {what}; give a pair of images and labels.")
    return value[0], value[1]
