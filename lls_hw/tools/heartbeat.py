"""A sign of life at intervals, where no terminal shows progress."""

import threading
import time
from types import TracebackType

from rich.console import Console

__all__ = ["Heartbeat"]

INTERVAL = 30.0
"""Seconds between two lines."""


class Heartbeat:
    """While it is entered, prints a line at intervals: the step, how long it has taken, its stage.

    On a terminal it prints nothing.
    """

    def __init__(self, console: Console, name: str, interval: float | None = None) -> None:
        self.stage = ""
        """What the step is doing."""
        self._console, self._name = console, name
        self._interval = INTERVAL if interval is None else interval
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        start = time.monotonic()
        while not self._ended.wait(self._interval):
            line = f"{self._name}: {time.monotonic() - start:.0f} s so far  {self.stage}"
            self._console.print(line.rstrip(), highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> "Heartbeat":
        if not self._console.is_terminal:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
