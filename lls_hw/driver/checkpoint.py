"""Training state and its file: weights, what training keeps beside them, and step number."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from lls_hw.errors import LlsError
from lls_hw.network.file import network_of
from lls_hw.network.network import Network
from lls_hw.tools.files import replace_file

__all__ = [
    "DEFINITION", "CheckpointError", "TrainingState", "load_checkpoint", "network_in",
    "save_checkpoint", "written_meta",
]  # fmt: skip

DEFINITION = "definition"
"""Entry of `TrainingState.meta` that holds the network."""
_FORMAT = "lls-hw 1"


class CheckpointError(LlsError):
    """A checkpoint file that cannot be read, written or used."""


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


def save_checkpoint(path: Path, state: TrainingState) -> None:
    """Writes a safetensors file; an existing one stays intact until the new one is complete."""
    tensors = {f"layers.{k}.weight": np.ascontiguousarray(w) for k, w in enumerate(state.weights)}
    for kind, arrays in (
        ("modulation", state.modulations),
        ("velocity", state.velocities),
        ("channels", state.channels),
    ):
        for k, array in enumerate(arrays):
            tensors[f"layers.{k}.{kind}"] = np.ascontiguousarray(array)
    tensors["shifts"] = np.array(state.shifts, np.int32)
    tensors["step"] = np.array([state.step], np.int64)
    content = save(tensors, {"format": _FORMAT, "meta": written_meta(state.meta)})
    try:
        replace_file(path, content)
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {path} cannot be written ({error.strerror}); choose another file."
        ) from error


def written_meta(meta: Mapping[str, object]) -> str:
    """What a checkpoint says of its run, as its file has it; CheckpointError if JSON cannot."""
    written = {}
    for key, value in meta.items():
        if not isinstance(key, str):
            raise CheckpointError(f"Checkpoints note things by texts, not by {key!r}; rename it.")
        try:
            written[key] = json.loads(json.dumps(value, sort_keys=True, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise CheckpointError(
                f"Checkpoints cannot hold {key!r}, of type {type(value).__name__}: JSON has no "
                "place for it; note texts, numbers, lists and dictionaries of them."
            ) from error
    return json.dumps(written, sort_keys=True)


def load_checkpoint(path: Path) -> TrainingState:
    """Reads what `save_checkpoint` wrote; CheckpointError if it is missing or damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise CheckpointError(
                    f"{path} is not a checkpoint of this version (format "
                    f"{metadata.get('format')!r}, expected {_FORMAT!r}); choose another file."
                )
            weights, modulations, velocities, channels = (
                [
                    file.get_tensor(f"layers.{k}.{kind}")
                    for k in range(sum(name.endswith(f".{kind}") for name in file.keys()))
                ]
                for kind in ("weight", "modulation", "velocity", "channels")
            )
            shifts, step = file.get_tensor("shifts"), file.get_tensor("step")
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"The checkpoint {path} cannot be read ({error}); choose another file."
        ) from error
    meta = _read_meta(path, metadata.get("meta", ""))
    if shifts.shape != (len(weights),) or step.shape != (1,) or int(step[0]) < 0:
        raise CheckpointError(
            f"The checkpoint {path} is damaged: it has {len(weights)} layers, shifts of the shape "
            f"{shifts.shape} and the step {step.tolist()}; choose another file."
        )
    return TrainingState(
        weights, shifts.astype(np.int64).tolist(), int(step[0]), meta, modulations, velocities,
        channels,
    )  # fmt: skip


def _read_meta(path: Path, text: str) -> dict[str, object]:
    """What a checkpoint says of its run."""
    try:
        meta = json.loads(text)
    except ValueError as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged: its notes are no JSON ({error}); choose another "
            "file."
        ) from error
    if not isinstance(meta, dict):
        raise CheckpointError(
            f"The checkpoint {path} is damaged: its notes are {type(meta).__name__} and not a "
            "dictionary; choose another file."
        )
    return meta


def network_in(path: Path, state: TrainingState) -> Network:
    """The network of a checkpoint; CheckpointError if it does not hold it."""
    table = state.meta.get(DEFINITION)
    if not isinstance(table, dict):
        raise CheckpointError(
            f"The checkpoint {path} names its network, {state.meta.get('network')!r}, but does not "
            "hold it; give the network as well."
        )
    return network_of(str(state.meta.get("network")), table)
