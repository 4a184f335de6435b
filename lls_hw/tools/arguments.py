"""Arguments of the command lines: a parser, types, and the description of a command."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from math import inf, nan
from typing import Any, NoReturn

__all__ = [
    "MOST", "Parser", "complete", "completions", "count", "described", "positive", "seed", "share",
    "whole",
]  # fmt: skip

MOST = 1_000_000_000
"""Whole numbers of options are below, so that they fit every tool's integers."""
_COMPLETIONS = "completions"


class Parser(argparse.ArgumentParser):
    """A parser that takes `--data_dir` for `--data-dir`, and says in one sentence what is wrong."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse does, with hyphens in the names of options, and no empty values."""
        words = _hyphenated(sys.argv[1:] if args is None else args)
        empty = _without_value(words)
        if empty is not None:
            self.error(f"argument {empty}: its value is empty; give one or leave the option out")
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Ends with status 2."""
        self.exit(2, f"{message.rstrip('.')}; see {self.prog} --help.\n")


def _hyphenated(words: Sequence[str]) -> list[str]:
    """The words, with hyphens in the names of options before `--`."""
    end = words.index("--") if "--" in words else len(words)
    found = []
    for word in words[:end]:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            word = name.replace("_", "-") + equals + value
        found.append(word)
    return [*found, *words[end:]]


def _without_value(words: Sequence[str]) -> str | None:
    """The option whose value is an empty word, as of an unset shell variable; None if all have one.

    A word that belongs to no option is named by its number.
    """
    for number, word in enumerate(words):
        if word.startswith("--") and word.endswith("="):
            return word[:-1]
        if not word.strip():
            before = words[number - 1] if number else ""
            return before if before.startswith("-") and before != "--" else str(number + 1)
    return None


def complete(action: argparse.Action, names: Iterable[str]) -> None:
    """Lets a shell complete an argument with names; other values remain possible."""
    setattr(action, _COMPLETIONS, tuple(names))


def completions(action: argparse.Action) -> tuple[str, ...]:
    """Names with which a shell completes an argument."""
    return getattr(action, _COMPLETIONS, ())


def described(docstring: str | None) -> str:
    """A module's docstring without the command itself, as argparse's `description`."""
    text = (docstring or "").partition("``: ")[2] or docstring or ""
    return text[:1].upper() + text[1:]


def whole(least: int, what: str) -> Callable[[str], int]:
    """As argparse's `type`: a whole number from `least` on; `what` says what the number is."""

    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit()
        if digits and len(text.lstrip("0")) > len(str(MOST)) - 1:
            raise argparse.ArgumentTypeError(
                f"{text[:20]!r} is too large for a {what}; use a whole number below {MOST}."
            )
        if not digits or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"{text!r} is no {what}; use a whole number from {least} on."
            )
        return int(text)

    return read


seed = whole(0, "seed")
"""A seed of random numbers."""
count = whole(1, "count")
"""A number of things."""


def positive(text: str) -> float:
    """As argparse's `type`: a number above 0."""
    return _number(text, lambda value: 0 < value < inf, "a number above 0")


def share(text: str) -> float:
    """As argparse's `type`: a part of a whole, between 0 and 1."""
    return _number(text, lambda value: 0 < value < 1, "a number between 0 and 1")


def _number(text: str, fits: Callable[[float], bool], wanted: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not fits(value):
        raise argparse.ArgumentTypeError(f"{text!r} does not fit; use {wanted}.")
    return value
