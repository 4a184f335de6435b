"""Errors that a user can do something about."""

__all__ = ["LlsError"]


class LlsError(Exception):
    """One sentence that says what is wrong, with the value, and the remedy.

    Command-line programs print it and exit with status 1; anything else is a bug.
    """
