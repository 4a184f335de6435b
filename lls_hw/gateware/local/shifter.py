"""Arithmetic right shift in two steps."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Shifter"]


class Shifter(wiring.Component):
    """``o = i >> amount``, rounded down; latency 2 cycles, one value a cycle.

    `amount` is stable while values pass. The result must fit `o`.

    Parameters
    ----------
    width, out_width : bits of `i` and of `o`.
    """

    def __init__(self, width, out_width):
        self._width = width
        super().__init__({"i": In(signed(width)), "amount": In(5), "o": Out(signed(out_width))})

    def elaborate(self, platform):
        m = Module()
        coarse = Signal(signed(self._width))
        m.d.sync += [
            coarse.eq(self.i >> (self.amount[3:] << 3)),
            self.o.eq(coarse >> self.amount[:3]),
        ]
        return m
