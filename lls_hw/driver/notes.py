"""What a checkpoint says of its run: JSON values by name."""

import json
from collections.abc import Callable, Mapping
from typing import NoReturn

from lls_hw.datasets.base import DataError
from lls_hw.datasets.labels import as_class_names
from lls_hw.driver.errors import CheckpointError, InputError
from lls_hw.tools.shown import said, shown

__all__ = ["DEFINITION", "NOTED", "read_notes", "written_notes"]

DEFINITION = "definition"
"""The entry that holds the network."""


def _whole(least: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and value >= least


NOTED: dict[str, tuple[Callable[[object], bool], str]] = {
    "network": (lambda value: isinstance(value, str), "a text"),
    DEFINITION: (lambda value: isinstance(value, dict), "a table"),
    "seed": (_whole(0), "a whole number from 0"),
    "batch": (_whole(1), "a whole number from 1"),
    "epochs": (_whole(0), "a whole number from 0"),
    "images": (_whole(0), "a whole number from 0"),
    "schedule": (lambda value: isinstance(value, str), "a text"),
    "class_names": (lambda value: isinstance(value, list), "a list of texts"),
}
"""Entries that a checkpoint may have, and what each must be; others are notes of a user."""


def written_notes(meta: Mapping[str, object]) -> str:
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


def read_notes(text: str) -> dict[str, object]:
    """The entries of a file; InputError if they are no JSON, or one of `NOTED` cannot be."""
    try:
        notes = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"Its notes are no JSON ({said(error)}).") from error
    if not isinstance(notes, dict):
        raise InputError(f"Its notes are {type(notes).__name__} and not a dictionary.")
    for key, (fits, kind) in NOTED.items():
        if key in notes and not fits(notes[key]):
            raise InputError(f"Its {key} is {shown(notes[key])} and not {kind}.")
    try:
        as_class_names(notes.get("class_names"))
    except DataError as error:
        raise InputError(str(error)) from error
    return notes


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
