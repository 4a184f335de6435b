"""Reciprocal by long division."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.latency_local import RECIPROCAL_BITS
from lls_hw.gateware.local.ports import Run
from lls_hw.gateware.local.widths import POWER_SUM_BITS

__all__ = ["Reciprocal"]

_DIVIDEND_BITS = 31


class Reciprocal(wiring.Component):
    """``quotient = 2**31 // divisor`` for a divisor of at least 2**15; one bit a cycle.

    A start in cycle t takes the divisor; `run.done` marks cycle t + RECIPROCAL_CYCLES, and from
    then on `quotient` is stable until the next start.

    Members
    -------
    run : start and end. divisor, quotient : operand and result.
    """

    run: In(Run())
    divisor: In(POWER_SUM_BITS)
    quotient: Out(RECIPROCAL_BITS)

    def elaborate(self, platform):
        m = Module()
        divisor, remainder = Signal.like(self.divisor), Signal.like(self.divisor)
        trial = Signal(POWER_SUM_BITS + 2)
        count = Signal(range(RECIPROCAL_BITS + 2))
        m.d.comb += [
            trial.eq((remainder << 1) - divisor),
            self.run.done.eq(count == 1),
        ]
        with m.If(self.run.start):
            m.d.sync += [
                divisor.eq(self.divisor),
                remainder.eq(1 << _DIVIDEND_BITS - RECIPROCAL_BITS),
                count.eq(RECIPROCAL_BITS + 1),
            ]
        with m.Elif(count != 0):
            m.d.sync += count.eq(count - 1)
            with m.If(count != 1):
                m.d.sync += [
                    remainder.eq(Mux(trial[-1], remainder << 1, trial)),
                    self.quotient.eq((self.quotient << 1) | ~trial[-1]),
                ]
        return m
