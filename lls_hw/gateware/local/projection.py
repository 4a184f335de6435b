"""Component of the error along the latent."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.timing_local import PROJECTION_CYCLES
from lls_hw.gateware.local.errors import DOT_BITS
from lls_hw.gateware.local.inverse_norm import MANTISSA_BITS
from lls_hw.gateware.local.score_lanes import SCORE_BITS

__all__ = ["ALONG_BITS", "COEFFICIENT_BITS", "WIDE_BITS", "Projection"]

ALONG_BITS = 24
COEFFICIENT_BITS = ALONG_BITS + 1
"""`docs/local_update_unit.md` bounds both."""
_LOW = SCORE_BITS - 1
_DROPPED = MANTISSA_BITS
WIDE_BITS = DOT_BITS + MANTISSA_BITS + 1 - _DROPPED


class Projection(wiring.Component):
    """``along = (dot * mantissa) >> (15 + j)``, ``coefficient = (along * mantissa) >> 15``.

    The shared multiplier takes `factor` times the mantissa, the shared shifter `wide` by j - 1;
    `factor` is the lower part of `dot`, the upper part, and then `along`.

    `start` in cycle t takes `dot` in the next cycle; `done` marks cycle t + PROJECTION_CYCLES,
    from which on `coefficient` is stable until the next start.

    Members
    -------
    factor, product : operand for the multiplier, and its result 3 cycles later.
    first : `factor` belongs to `dot`.
    wide, along : operand for the shifter, and its result 2 cycles later.
    """

    start: In(1)
    done: Out(1)
    dot: In(signed(DOT_BITS))
    factor: Out(signed(SCORE_BITS))
    first: Out(1)
    product: In(signed(SCORE_BITS + MANTISSA_BITS + 2))
    wide: Out(signed(WIDE_BITS))
    along: In(signed(ALONG_BITS))
    coefficient: Out(signed(COEFFICIENT_BITS))

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(PROJECTION_CYCLES + 1))
        low = Signal.like(self.product)
        upper = Signal.like(self.product)
        with m.If(self.start):
            m.d.sync += count.eq(1)
        with m.Elif(self.done):
            m.d.sync += count.eq(0)
        with m.Elif(count != 0):
            m.d.sync += count.eq(count + 1)
        m.d.comb += [
            self.done.eq(count == PROJECTION_CYCLES),
            self.factor.eq(self.along),
            self.first.eq((count == 1) | (count == 2)),
            upper.eq(self.product + (low >> _LOW)),
        ]
        with m.If(count == 1):
            m.d.comb += self.factor.eq(self.dot[:_LOW])
        with m.Elif(count == 2):
            m.d.comb += self.factor.eq(self.dot[_LOW:].as_signed())
        m.d.sync += [
            low.eq(self.product),
            self.wide.eq(Cat(low[_DROPPED:_LOW], upper)),
        ]
        with m.If(count == PROJECTION_CYCLES - 1):
            m.d.sync += self.coefficient.eq(self.product >> MANTISSA_BITS - 1)
        return m
