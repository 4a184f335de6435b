"""Wide multiplier: two 18 x 18 multipliers side by side."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.latency_local import MULTIPLIER_LATENCY

__all__ = ["FACTOR_BITS", "WideMultiplier"]

FACTOR_BITS = 18
"""The narrow operand, signed."""
_LOW = FACTOR_BITS - 1
"""Bits of the lower part; unsigned, it fills a signed 18-bit operand."""


class WideMultiplier(wiring.Component):
    """``o = a * b``; latency LATENCY = 3 cycles, one product a cycle.

    Parameters
    ----------
    width : bits of `a`, 18..35.
    """

    LATENCY = MULTIPLIER_LATENCY

    def __init__(self, width: int) -> None:
        self._width = width
        super().__init__(
            {
                "a": In(signed(width)),
                "b": In(signed(FACTOR_BITS)),
                "o": Out(signed(width + FACTOR_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        a, b = Signal(signed(self._width)), Signal(signed(FACTOR_BITS))
        low = Signal(signed(_LOW + FACTOR_BITS))
        high = Signal(signed(self._width - _LOW + FACTOR_BITS))
        upper = Signal.like(high)
        m.d.comb += upper.eq(high + (low >> _LOW))
        m.d.sync += [
            a.eq(self.a),
            b.eq(self.b),
            low.eq(a[:_LOW] * b),
            high.eq(a[_LOW:].as_signed() * b),
            self.o.eq(Cat(low[:_LOW], upper)),
        ]
        return m
