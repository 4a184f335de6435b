"""Reciprocal by long division."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.timing_local import RECIPROCAL_CYCLES

__all__ = ["Reciprocal"]

_BITS = RECIPROCAL_CYCLES - 1
_DIVIDEND_BITS = 31


class Reciprocal(wiring.Component):
    """``quotient = 2**31 // divisor`` for a divisor of at least 2**15; one bit a cycle.

    `start` in cycle t takes the divisor; `done` marks cycle t + RECIPROCAL_CYCLES, and from then
    on `quotient` is stable until the next start.
    """

    start: In(1)
    divisor: In(24)
    done: Out(1)
    quotient: Out(_BITS)

    def elaborate(self, platform):
        m = Module()
        divisor = Signal(24)
        remainder = Signal(24)
        trial = Signal(26)
        count = Signal(range(_BITS + 2))
        m.d.comb += [
            trial.eq((remainder << 1) - divisor),
            self.done.eq(count == 1),
        ]
        with m.If(self.start):
            m.d.sync += [
                divisor.eq(self.divisor),
                remainder.eq(1 << _DIVIDEND_BITS - _BITS),
                count.eq(_BITS + 1),
            ]
        with m.Elif(count != 0):
            m.d.sync += count.eq(count - 1)
            with m.If(count != 1):
                m.d.sync += [
                    remainder.eq(Mux(trial[-1], remainder << 1, trial)),
                    self.quotient.eq((self.quotient << 1) | ~trial[-1]),
                ]
        return m
