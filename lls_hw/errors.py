"""Errors that a user can remedy."""

__all__ = ["LlsError"]


class LlsError(Exception):
    """One sentence with the wrong value, the reason and the remedy.

    Command-line programs print it and exit with status 1; anything else is a bug.
    """
