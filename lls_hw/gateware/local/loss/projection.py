"""Component of the error along the latent."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import PROBABILITY_FRACTION
from lls_hw.contract.latency_local import COEFFICIENT_LATENCY, DOT_LATENCY, SECOND_HALF
from lls_hw.contract.timing_local import PROJECTION_CYCLES
from lls_hw.gateware.local.multiplier import FACTOR_BITS
from lls_hw.gateware.local.ports import JACOBIAN_LAYOUT, NORM_LAYOUT, Run
from lls_hw.gateware.local.widths import (
    ALONG_BITS,
    COEFFICIENT_BITS,
    DOT_BITS,
    NORM_MANTISSA_BITS,
    SCORE_BITS,
)

__all__ = ["WIDE_BITS", "Projection", "ProjectionOperands"]

_LOW = SCORE_BITS - 1
_DROPPED = NORM_MANTISSA_BITS
WIDE_BITS = DOT_BITS + NORM_MANTISSA_BITS + 1 - _DROPPED
"""`dot` times the mantissa, without the bits that are dropped at once."""
_LOWER = DOT_LATENCY
_UPPER = _LOWER + SECOND_HALF
_COEFFICIENT = PROJECTION_CYCLES - COEFFICIENT_LATENCY


class ProjectionOperands(wiring.Signature):
    """What the projection sends through the shared multiplier and shifter.

    `factor` : operand that is multiplied with 1 / norm; `of_dot` : with that of the scores.
    `product` : its result. `wide`, `along` : operand for the shifter and its result.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "factor": Out(signed(SCORE_BITS)),
                "of_dot": Out(1),
                "product": In(signed(SCORE_BITS + FACTOR_BITS)),
                "wide": Out(signed(WIDE_BITS)),
                "along": In(signed(ALONG_BITS)),
            }
        )


class Projection(wiring.Component):
    """``along = (dot * mantissa) >> (15 + j)``, ``coefficient = (along * mantissa) >> 15``.

    The shared multiplier takes `factor` times the mantissa, the shared shifter `wide` by j - 1;
    `factor` is the lower part of `dot`, the upper part, and then `along`.

    A start in cycle t takes `dot` in the next cycle; `run.done` marks cycle
    t + PROJECTION_CYCLES, from which on the coefficient is stable until the next start. A
    classifier, which does not start, gets a norm of one and a coefficient of 0.

    Members
    -------
    run : start and end. classifier : stable. dot : errors times scores. norm : 1 / norm.
    operands : multiplier and shifter. jacobian : norm and coefficient.
    """

    run: In(Run())
    classifier: In(1)
    dot: In(signed(DOT_BITS))
    norm: In(NORM_LAYOUT)
    operands: Out(ProjectionOperands())
    jacobian: Out(JACOBIAN_LAYOUT)

    def elaborate(self, platform):
        m = Module()
        operands = self.operands
        count = Signal(range(PROJECTION_CYCLES + 1))
        low, upper = Signal.like(operands.product), Signal.like(operands.product)
        coefficient = Signal(signed(COEFFICIENT_BITS))
        mantissa = Mux(self.classifier, 1 << PROBABILITY_FRACTION, self.norm.mantissa)
        with m.If(self.run.start):
            m.d.sync += count.eq(1)
        with m.Elif(self.run.done):
            m.d.sync += count.eq(0)
        with m.Elif(count != 0):
            m.d.sync += count.eq(count + 1)
        m.d.comb += [
            self.run.done.eq(count == PROJECTION_CYCLES),
            operands.factor.eq(operands.along),
            operands.of_dot.eq((count == _LOWER) | (count == _UPPER)),
            upper.eq(operands.product + (low >> _LOW)),
            self.jacobian.norm.mantissa.eq(mantissa),
            self.jacobian.norm.exponent.eq(Mux(self.classifier, 0, self.norm.exponent)),
            self.jacobian.coefficient.eq(Mux(self.classifier, 0, coefficient)),
        ]
        with m.If(count == _LOWER):
            m.d.comb += operands.factor.eq(self.dot[:_LOW])
        with m.Elif(count == _UPPER):
            m.d.comb += operands.factor.eq(self.dot[_LOW:].as_signed())
        m.d.sync += [
            low.eq(operands.product),
            operands.wide.eq(Cat(low[_DROPPED:_LOW], upper)),
        ]
        with m.If(count == _COEFFICIENT):
            m.d.sync += coefficient.eq(operands.product >> NORM_MANTISSA_BITS - 1)
        return m
