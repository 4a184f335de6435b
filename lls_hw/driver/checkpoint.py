"""The file of a training state: weights, what training keeps beside them, and step number."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from lls_hw.driver.errors import CheckpointError, InputError, as_clause
from lls_hw.driver.notes import read_notes, written_notes
from lls_hw.driver.state import TrainingState
from lls_hw.driver.state_check import check_values
from lls_hw.driver.stored_tensors import KINDS, SHIFTS, STEP, Header, check_headers, tensor_name
from lls_hw.tools.files import replace_file
from lls_hw.tools.shown import said

__all__ = ["CheckpointError", "TrainingState", "load_checkpoint", "save_checkpoint"]

_FORMAT = "lls-hw 1"


def save_checkpoint(path: Path, state: TrainingState) -> None:
    """Writes a safetensors file; an existing one stays intact until the new one is complete.

    InputError for values that no board can hold, CheckpointError if the file cannot be written.
    """
    check_values(state)
    tensors: dict[str, NDArray[Any]] = {
        SHIFTS: np.array(state.shifts, np.int32), STEP: np.array([state.step], np.int64),
    }  # fmt: skip
    parts: dict[str, Sequence[NDArray[Any]]] = {
        "weight": state.weights, "modulation": state.modulations, "velocity": state.velocities,
        "channels": state.channels,
    }  # fmt: skip
    for kind, arrays in parts.items():
        for layer, array in enumerate(arrays):
            whole = np.ascontiguousarray(array, KINDS[kind].dtype)
            tensors[tensor_name(layer, kind)] = whole
    content = save(tensors, {"format": _FORMAT, "meta": written_notes(state.meta)})
    try:
        replace_file(path, content)
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {path} cannot be written ({error.strerror}); choose another file."
        ) from error


def load_checkpoint(path: Path) -> TrainingState:
    """Reads what `save_checkpoint` wrote.

    CheckpointError if it is missing or damaged; the first tensor or note that is wrong is named.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise CheckpointError(
                    f"{path} is not a checkpoint of this version (format "
                    f"{metadata.get('format')!r}, expected {_FORMAT!r}); choose another file."
                )
            state = _state_in(file, read_notes(metadata.get("meta", "")))
            check_values(state)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"The checkpoint {path} cannot be read ({said(error)}); choose another file."
        ) from error
    except InputError as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged: {as_clause(error)}; choose another file."
        ) from error
    return state


def _state_in(file: Any, meta: dict[str, object]) -> TrainingState:
    """The state in an open file; InputError if its tensors are not those of a checkpoint."""
    parts = {name: file.get_slice(name) for name in file.keys()}
    headers = {
        name: Header(part.get_dtype(), tuple(part.get_shape())) for name, part in parts.items()
    }
    layers = check_headers(headers)
    arrays = {
        kind: [
            file.get_tensor(name)
            for layer in range(layers)
            if (name := tensor_name(layer, kind)) in headers
        ]
        for kind in KINDS
    }
    return TrainingState(
        arrays["weight"],
        file.get_tensor(SHIFTS).tolist(),
        int(file.get_tensor(STEP)[0]),
        meta,
        arrays["modulation"],
        arrays["velocity"],
        arrays["channels"],
    )
