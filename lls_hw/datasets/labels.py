"""Labels of any origin as class numbers, or one sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lls_hw.datasets.arrays import as_array
from lls_hw.datasets.base import Bytes, DataError

__all__ = ["MAX_CLASSES", "as_class_names", "as_labels", "check_classes", "class_names_of"]

MAX_CLASSES = 256
"""Labels are bytes."""
_EXACT = 2.0**53
"""Floats from here on leave out whole numbers."""


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
        most = classes == MAX_CLASSES
        limit = f"there can be {classes} classes, so" if most else f"with {classes} classes"
        remedy = "leave classes out" if most else "choose a network with more"
        raise DataError(
            f"The {what} reach from {low} to {high}; {limit} they must be 0..{classes - 1}: count "
            f"classes from 0, or {remedy}."
        )
    return array.astype(np.uint8)


def _whole(array: NDArray[Any], what: str) -> NDArray[Any]:
    """Floats that are whole numbers, as integers."""
    wrong = array[~((np.abs(array) < _EXACT) & (array == np.rint(array)))]  # NaN is neither
    if wrong.size:
        raise DataError(
            f"The {what} are floats such as {wrong.flat[0]:g}; give whole class numbers from 0."
        )
    return array.astype(np.int64)


def _from_one_hot(array: NDArray[Any], classes: int, what: str) -> NDArray[Any]:
    """Class numbers of rows with one 1 and else 0."""
    rows = array.astype(np.int64)
    if array.shape[1] > classes == MAX_CLASSES:
        check_classes(array.shape[1], f"The {what} have {array.shape[1]} columns, one a class")
    if array.shape[1] > classes:
        raise DataError(
            f"The {what} have {array.shape[1]} columns, one a class, but there are {classes} "
            "classes: choose a network with more."
        )
    bits = ((rows == 0) | (rows == 1)).all(axis=1)
    wrong = np.flatnonzero((rows.sum(axis=1) != 1) | ~bits)
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
            f"The {what} have the class {missing[0]!r}, which is none of {', '.join(class_names)}; "
            "rename it, or leave it out."
        )
    return np.array([number[str(name)] for name in array.reshape(-1)], np.uint8)


def class_names_of(values: Any) -> tuple[str, ...]:
    """Names in alphabetical order if the labels are texts; none otherwise."""
    array = as_array(values, "labels")
    if array.dtype.kind not in "US":
        return ()
    names = tuple(str(name) for name in np.unique(array))
    check_classes(len(names), f"The labels are texts of {len(names)} different classes")
    return names


def check_classes(count: int, said: str) -> None:
    """DataError for more classes than any network can have; `said` is the message's beginning."""
    if count > MAX_CLASSES:
        raise DataError(f"{said}; there can be {MAX_CLASSES}: leave classes out.")


def as_class_names(values: Any) -> tuple[str, ...]:
    """One name a class, in the order of their numbers; none of None.

    DataError for anything but different texts or numbers in an order.
    """
    if values is None:
        return ()
    if isinstance(values, np.ndarray) and values.ndim:
        values = values.tolist()
    if not isinstance(values, list | tuple):
        raise DataError(
            f"The class names are of type {type(values).__name__}; give a list of texts in the "
            "order of the class numbers, such as ['cat', 'dog']."
        )
    wrong = next((name for name in values if not isinstance(name, str | int | np.generic)), None)
    if wrong is not None or None in values:
        raise DataError(f"The class names have {wrong!r} among them; give a text for each class.")
    names = tuple(str(name) for name in values)
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise DataError(f"The class name {twice!r} stands for two classes; give each its own.")
    check_classes(len(names), f"There are {len(names)} class names")
    return names
