"""Labels of any origin as class numbers, or one sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.arrays import as_array
from lls_hw.datasets.base import Bytes, DataError

__all__ = ["MAX_CLASSES", "as_labels", "class_names_of"]

MAX_CLASSES = 256
"""Labels are bytes."""


def as_labels(
    values: Any, classes: int, class_names: Sequence[str] = (), what: str = "labels"
) -> Bytes:
    """Labels as (N,) class numbers 0..classes - 1.

    Accepted are whole numbers of any type, one-hot rows, and names if `class_names` are known.
    """
    array = as_array(values, what)
    if array.size == 0:
        raise DataError(f"There are no {what}: the array has the shape {array.shape}.")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind in "US":
        return _named(array, class_names, what)
    if array.dtype.kind == "f":
        array = _whole(array, what)
    if array.ndim == 2:
        array = _from_one_hot(array, classes, what)
    if array.ndim > 1:
        raise DataError(
            f"The {what} have the shape {array.shape}; give one class number for each image: (N,)."
        )
    array = np.atleast_1d(array)
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= classes:
        raise DataError(
            f"The {what} reach from {low} to {high}; with {classes} classes they must be "
            f"0..{classes - 1}: count classes from 0, or choose a network with more."
        )
    return array.astype(np.uint8)


def _whole(array: NDArray[Any], what: str) -> NDArray[Any]:
    """Floats that are whole numbers, as integers."""
    wrong = array[~(np.isfinite(array) & (array == np.rint(array)))]
    if wrong.size:
        raise DataError(
            f"The {what} are floats such as {wrong.flat[0]:g}; give whole class numbers from 0."
        )
    return array.astype(np.int64)


def _from_one_hot(array: NDArray[Any], classes: int, what: str) -> NDArray[Any]:
    """Class numbers of rows with one 1 and else 0."""
    rows = array.astype(np.int64)
    if array.shape[1] > classes:
        raise DataError(
            f"The {what} have {array.shape[1]} columns, one a class, but there are {classes} "
            "classes: choose a network with more."
        )
    wrong = np.flatnonzero((rows.sum(axis=1) != 1) | (rows.min(axis=1) < 0))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"The {what} have the shape {array.shape}, but row {row} is {array[row].tolist()} and "
            "not one 1 among zeros; give one class number for each image: (N,)."
        )
    return np.asarray(rows.argmax(axis=1))


def _named(array: NDArray[Any], class_names: Sequence[str], what: str) -> Bytes:
    """Class numbers of names."""
    if not class_names:
        raise DataError(
            f"The {what} are texts such as {str(array.flat[0])!r}; number the classes, for "
            "instance with names, labels = np.unique(labels, return_inverse=True), or give the "
            "model its class_names."
        )
    number = {name: k for k, name in enumerate(class_names)}
    missing = [str(name) for name in array.reshape(-1) if str(name) not in number]
    if missing:
        raise DataError(
            f"The {what} have the class {missing[0]!r}; the model has the classes "
            f"{', '.join(class_names)}."
        )
    return np.array([number[str(name)] for name in array.reshape(-1)], np.uint8)


def class_names_of(values: Any) -> tuple[str, ...]:
    """Names in alphabetical order if the labels are texts; none otherwise."""
    array = as_array(values, "labels")
    if array.dtype.kind not in "US":
        return ()
    names = tuple(str(name) for name in np.unique(array))
    if len(names) > MAX_CLASSES:
        raise DataError(
            f"The labels are texts of {len(names)} different classes; there can be {MAX_CLASSES}."
        )
    return names
