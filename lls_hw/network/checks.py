"""Checks of a network's settings."""

from collections.abc import Collection

from lls_hw.errors import LlsError

__all__ = ["NetworkError", "check", "choose"]


class NetworkError(LlsError, ValueError):
    """A network description that cannot be used."""


def check(name: str, value: object, low: int, high: int) -> None:
    """NetworkError for anything but a whole number in low..high."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise NetworkError(f"{name} is {value!r}; it must be a whole number, {low}..{high}.")


def choose(name: str, value: object, choices: Collection[str]) -> None:
    """NetworkError for anything but one of the choices."""
    if value not in choices:
        raise NetworkError(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
