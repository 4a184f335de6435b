"""Checks of a network's settings."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

import numpy as np

from lls_hw.errors import LlsError
from lls_hw.tools.shown import shown

__all__ = ["NetworkError", "check", "choose", "take_numbers"]


class NetworkError(LlsError, ValueError):
    """A network description that cannot be used."""


def take_numbers(settings: Any) -> None:
    """Makes NumPy's numbers in a frozen dataclass Python's, and lists and arrays of them tuples."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, np.generic | np.ndarray):
            value = value.tolist()
        if isinstance(value, list | tuple):
            value = tuple(one.item() if isinstance(one, np.generic) else one for one in value)
        object.__setattr__(settings, item.name, value)


def check(name: str, value: object, low: int, high: int) -> None:
    """NetworkError for anything but a whole number in low..high."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= int(value) <= high:  # type: ignore[call-overload]
        raise NetworkError(f"{name} is {shown(value)}; it must be a whole number, {low}..{high}.")


def choose(name: str, value: object, choices: Collection[str]) -> None:
    """NetworkError for anything but one of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise NetworkError(f"{name} is {shown(value)}; it must be one of {', '.join(choices)}.")
