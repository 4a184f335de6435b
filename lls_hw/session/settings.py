"""What a checkpoint says of its run, and whether another run may continue from it."""

import hashlib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from lls_hw.datasets.base import Dataset
from lls_hw.datasets.labels import as_class_names
from lls_hw.driver.checkpoint import CheckpointError, TrainingState
from lls_hw.driver.errors import InputError
from lls_hw.driver.notes import DEFINITION, NOTED
from lls_hw.network.file import table_of
from lls_hw.network.network import Network

__all__ = [
    "DATA", "DATA_DIGEST", "check_resumable", "check_same_classes", "data_digest", "epochs_of",
    "notes_in", "settings_of", "with_notes",
]  # fmt: skip

DATA = "data"
"""Entry of a checkpoint: what the training data is called."""
DATA_DIGEST = "data_digest"
"""Entry of a checkpoint: `data_digest` of them."""

UNRECORDED: dict[str, object] = {"normalise": False, "step": "layer", "schedule": "epochs"}
"""Settings of checkpoints that do not record them: they were made before there was a choice."""


def settings_of(network: Network, batch: int, seed: int) -> dict[str, object]:
    """Settings of training that checkpoints record."""
    return {
        "network": network.name,
        "layers": [layer.outputs for layer in network.layers],
        "basis": network.basis,
        "modulations": [layer.modulation for layer in network.layers],
        "momentum_shift": network.training.momentum_shift,
        "normalise": network.normalise,
        "step": network.training.step,
        "batch": batch,
        "seed": seed,
        DEFINITION: table_of(network),
    }


def data_digest(data: Dataset) -> str:
    """Digest of the images to train on and of their labels."""
    whole = hashlib.sha256()
    for array in (data.train_images, data.train_labels):
        whole.update(repr(array.shape).encode())
        whole.update(array.tobytes())
    return whole.hexdigest()


def notes_in(meta: dict[str, object], own: dict[str, object]) -> dict[str, object]:
    """A user's notes among all that a checkpoint says; `own` is what it says of itself."""
    return {key: value for key, value in meta.items() if key not in own and key not in NOTED}


def with_notes(own: dict[str, object], notes: object) -> dict[str, object]:
    """What a checkpoint says of itself, and a user's notes; InputError if they are not apart."""
    if not isinstance(notes, dict):
        raise InputError(f"The model's notes are {notes!r}; give a dictionary of JSON values.")
    taken = next((key for key in notes if key in own or key in NOTED), None)
    if taken is not None:
        raise InputError(
            f"The model's notes have an entry {taken!r}, which every checkpoint has; call it "
            "otherwise."
        )
    return {**own, **notes}


def check_resumable(path: Path, state: TrainingState, settings: dict[str, object]) -> None:
    """CheckpointError that names the first setting in which the checkpoint differs.

    All of the network's own are compared by `network_for`. Data are compared by their digest; by
    their name with checkpoints that have none.
    """
    apart = {DEFINITION, DATA if DATA_DIGEST in state.meta else DATA_DIGEST}
    for key, value in settings.items():
        made_with = state.meta.get(key, UNRECORDED.get(key))
        if key in apart or made_with == value:
            continue
        if key == DATA_DIGEST:
            raise CheckpointError(
                f"The checkpoint {path} was made with other images or labels than those of "
                f"{settings[DATA]!r}; use the same data or another checkpoint."
            )
        raise CheckpointError(
            f"The checkpoint {path} was made with {key} {made_with!r}, not {value!r}; "
            "use the same settings or another checkpoint."
        )


def check_same_classes(path: Path, state: TrainingState, names: Sequence[str]) -> None:
    """CheckpointError if the data's classes are not those of the checkpoint, number by number.

    Where one of them has no names, the numbers are all there is.
    """
    made_with = as_class_names(state.meta.get("class_names"))
    if not names or not made_with or made_with == tuple(names):
        return
    places = zip_longest(made_with, names, fillvalue="none")
    number, (before, now) = next((k, p) for k, p in enumerate(places) if p[0] != p[1])
    raise CheckpointError(
        f"The checkpoint {path} was made with other classes: its class {number} is {before}, that "
        f"of the data {now}; use the same data or another checkpoint."
    )


def epochs_of(state: TrainingState) -> int:
    """Epochs trained so far; checkpoints of before say it by their step."""
    images, batch = state.meta.get("images"), state.meta.get("batch")
    found = state.meta.get("epochs")
    if isinstance(found, int):
        return found
    if isinstance(images, int) and isinstance(batch, int) and images >= batch > 0:
        return state.step // (images // batch)
    return 0
