"""Countdown: the time that must pass after an operation before the next one of some kind."""

from collections.abc import Mapping

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.external.ports import Operation

__all__ = ["Countdown"]


class Countdown(wiring.Component):
    """Counts the cycles since the last of some operations.

    `over` is low in the cycles 1 to N - 1 after an operation whose time is N cycles. A later
    operation starts anew with its own time.

    Parameters
    ----------
    times : cycles, at least 1, of each operation that counts.

    Members
    -------
    operation : in this cycle. over : the time has passed.
    """

    operation: In(Operation)
    over: Out(1)

    def __init__(self, times: Mapping[Operation, int]) -> None:
        self._times = times
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        # Counts to -1: the sign says that it is over.
        left = Signal(range(-1, max(self._times.values()) - 1), init=-1)
        m.d.comb += self.over.eq(left[-1])
        with m.If(~self.over):
            m.d.sync += left.eq(left - 1)
        with m.Switch(self.operation):
            for operation, time in self._times.items():
                with m.Case(operation):
                    m.d.sync += left.eq(time - 2)
        return m
