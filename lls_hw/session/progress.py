"""Progress of a session: bars on a terminal, plain lines elsewhere, or nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import Progress

from lls_hw.session.flags import check_flags
from lls_hw.tools.results import progress_columns

__all__ = ["Bars", "Lines", "Reporter", "Silence", "reporting"]

INTERVAL = 10.0
"""Seconds between two plain lines of a task."""


class Reporter(Protocol):
    """Shows how far the current task is."""

    def begin(self, task: str, total: int) -> None:
        """A task of so many steps."""

    def advance(self, info: object, steps: int = 1) -> None:
        """So many more steps are done."""

    def note(self, text: str) -> None:
        """Something worth knowing."""


class Silence:
    """Shows nothing."""

    def begin(self, task: str, total: int) -> None:
        """Nothing."""

    def advance(self, info: object, steps: int = 1) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class Lines:
    """A line of text at intervals, and one at the end of each task."""

    def __init__(self, console: Console, interval: float | None = None) -> None:
        self._console = console
        self._interval = INTERVAL if interval is None else interval

    def begin(self, task: str, total: int) -> None:
        """Nothing is printed yet."""
        self._task, self._total, self._done = task, total, 0
        self._printed = time.monotonic()

    def advance(self, info: object, steps: int = 1) -> None:
        """Prints a line if it is time."""
        self._done += steps
        now = time.monotonic()
        if self._done == self._total or now - self._printed >= self._interval:
            self._printed = now
            self.note(f"{self._task}: {self._done}/{self._total}  {info}".rstrip())

    def note(self, text: str) -> None:
        """Prints a line."""
        self._console.print(text, highlight=False, markup=False)


class Bars:
    """A bar for each task."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def begin(self, task: str, total: int) -> None:
        """A new bar."""
        self._bar = self._progress.add_task(task, total=total, info="")

    def advance(self, info: object, steps: int = 1) -> None:
        """Lengthens the bar."""
        self._progress.update(self._bar, advance=steps, info=str(info))

    def note(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text, highlight=False, markup=False)


@contextmanager
def reporting(wanted: bool, console: Console | None = None) -> Iterator[Reporter]:
    """What shows progress where this program runs: on standard output, or that console.

    InputError if it is neither wanted nor not.
    """
    check_flags(progress=wanted)
    console = console or Console()
    if not wanted:
        yield Silence()
    elif console.is_terminal or console.is_jupyter:
        with Progress(*progress_columns(), console=console, refresh_per_second=4) as progress:
            yield Bars(progress)
    else:
        yield Lines(console)
