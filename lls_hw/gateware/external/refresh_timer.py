"""Refresh timer: when the chip needs its next refresh."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["RefreshTimer"]


class RefreshTimer(wiring.Component):
    """Raises `due` once in `interval` cycles, first after `interval`, until `done`.

    Parameters
    ----------
    interval : cycles. `done` must come before the next one.

    Members
    -------
    due : a refresh is needed. done : it starts in this cycle.
    """

    due: Out(1)
    done: In(1)

    def __init__(self, interval: int) -> None:
        self._interval = interval
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        # Counts from interval - 2 to -1: the sign says that it is over.
        left = Signal(range(-1, self._interval - 1), init=self._interval - 2)
        over = left[-1]
        m.d.sync += left.eq(left - 1)
        with m.If(self.done):
            m.d.sync += self.due.eq(0)
        with m.If(over):
            m.d.sync += left.eq(self._interval - 2)
            m.d.sync += self.due.eq(1)
        return m
