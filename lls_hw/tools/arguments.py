"""Types of command line arguments, and the description of a command."""

import argparse

__all__ = ["described", "seed"]


def described(docstring: str | None) -> str:
    """A module's docstring without the command itself, as argparse's `description`."""
    text = (docstring or "").partition("``: ")[2] or docstring or ""
    return text[:1].upper() + text[1:]


def seed(text: str) -> int:
    """A seed of random numbers: a whole number from 0 on, as argparse's `type`."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; use a whole number from 0 on.")
    return int(text)
