"""A result, or one sentence."""

from collections.abc import Callable
from typing import TypeVar

from lls_hw.errors import LlsError

__all__ = ["LONGEST", "result_of"]

LONGEST = 600
"""Characters of a sentence."""

_Result = TypeVar("_Result")


def result_of(call: Callable[[], _Result]) -> _Result | None:
    """What `call` returns, or None if it refuses in one sentence; anything else is a failure."""
    try:
        return call()
    except LlsError as error:
        said = str(error)
        assert said.endswith((".", "?")) and "\n" not in said and len(said) <= LONGEST, said
        return None
