"""Types of command line arguments."""

import argparse

__all__ = ["seed"]


def seed(text: str) -> int:
    """A seed of random numbers: a whole number from 0 on, as argparse's `type`."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; use a whole number from 0 on.")
    return int(text)
