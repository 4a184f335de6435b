"""Wide multiplier: two 18 x 18 multipliers side by side."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["LATENCY", "WideMultiplier"]

LATENCY = 3
_LOW = 17
"""Bits of the lower part; unsigned, it fills a signed 18-bit operand."""


class WideMultiplier(wiring.Component):
    """``o = a * b``; latency 3 cycles, one product a cycle.

    Parameters
    ----------
    width : bits of `a`, 18..35.
    """

    def __init__(self, width):
        self._width = width
        super().__init__(
            {"a": In(signed(width)), "b": In(signed(18)), "o": Out(signed(width + 18))}
        )

    def elaborate(self, platform):
        m = Module()
        a, b = Signal(signed(self._width)), Signal(signed(18))
        low = Signal(signed(_LOW + 18))
        high = Signal(signed(self._width - _LOW + 18))
        upper = Signal(signed(self._width - _LOW + 18))
        m.d.comb += upper.eq(high + (low >> _LOW))
        m.d.sync += [
            a.eq(self.a),
            b.eq(self.b),
            low.eq(a[:_LOW] * b),
            high.eq(a[_LOW:].as_signed() * b),
            self.o.eq(Cat(low[:_LOW], upper)),
        ]
        return m
