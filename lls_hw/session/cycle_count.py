"""Cycles of a board over a time in which its clock register runs over."""

import time

from lls_hw.contract.line import Line
from lls_hw.contract.registers import Register, Space
from lls_hw.driver.device import Reply
from lls_hw.driver.trainer import Trainer
from lls_hw.session.board import Engine

__all__ = ["CLOCK_RANGE", "LOOK", "CycleCount"]

CLOCK_RANGE = 1 << 32
"""Cycles after which the register begins again: half a minute at 131 MHz."""
LOOK = 5.0
"""Seconds between two looks at it."""


class CycleCount:
    """Counts a board's cycles from its construction to `end`; none where there is no clock.

    Whoever trains calls `look` at every sign of life. The board is asked now and then, and its
    answer taken the next time, so nothing waits for it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clock = engine.clock()
        self._asked: Reply | None = None
        self._looked = time.monotonic()
        self.passed = 0
        """Cycles up to the last look."""

    def look(self) -> None:
        """Asks the board for its clock, if that has not been done for a while."""
        now = time.monotonic()
        if not isinstance(self._engine, Trainer) or now - self._looked < LOOK:
            return
        self._looked = now
        self._take()
        counted = self._engine.device.counted()
        if counted is not None:
            self._add(counted)
            return
        self._asked = self._engine.device.read_async(Space.CONTROL, Register.CLOCK, 1)

    def end(self) -> int | None:
        """Cycles that have passed; None without a clock."""
        self._take()
        clock = self._engine.clock()
        if clock is None:
            return None
        self._add(clock)
        return self.passed

    def waited(self, steps: int) -> float | None:
        """Share of the cycles in which a board waited for the host; None without a clock."""
        passed, program = self.end(), self._engine.program
        if passed is None or program is None:
            return None
        return max(0.0, 1 - steps * program.train_cycles / max(passed, 1))

    def seconds(self, line: Line | None) -> float | None:
        """Time on a board behind that line, up to the last look; None without one."""
        return line.seconds(self.passed) if line else None

    def _take(self) -> None:
        """The answer that was asked for last."""
        if self._asked is not None:
            self._add(int(self._asked.result()[0]))
            self._asked = None

    def _add(self, clock: int) -> None:
        if self._clock is not None:
            self.passed += (clock - self._clock) % CLOCK_RANGE
        self._clock = clock
