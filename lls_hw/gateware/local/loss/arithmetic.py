"""Multiplier and shifter that the parts of the loss share."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import LOG2E
from lls_hw.gateware.local.loss.projection import WIDE_BITS, ProjectionOperands
from lls_hw.gateware.local.loss.scores import LEAST_SHIFT, ScoreView
from lls_hw.gateware.local.multiplier import FACTOR_BITS, WideMultiplier
from lls_hw.gateware.local.shifter import Shifter
from lls_hw.gateware.local.widths import (
    ALONG_BITS,
    ERROR_BITS,
    NORM_MANTISSA_BITS,
    SCORE_BITS,
)

__all__ = ["PRODUCT_BITS", "Phase", "SharedArithmetic"]

PRODUCT_BITS = SCORE_BITS + FACTOR_BITS


class Phase(enum.Enum, shape=3):
    """What is multiplied and shifted."""

    NORMALISE = 0
    """Scores times 1 / norm; also while nothing needs either."""
    SCALE = 1
    """log2(e) times 1 / norm."""
    LOGITS = 2
    """Scores times their scale, shifted to logits."""
    ERRORS = 3
    """Scores times errors."""
    PROJECTION = 4
    """What `Projection` asks for."""


class SharedArithmetic(wiring.Component):
    """Multiplies and shifts the operands of the phase.

    One value a cycle; `product` follows its operands by WideMultiplier.LATENCY, and `shifted`
    the product, or `projection.wide`, by Shifter.LATENCY. The shift amount follows
    `phase` and `scores` by one register: it is there before the first product of a phase is.

    Members
    -------
    phase : choice of the operands.
    mantissa : of 1 / norm. scale : of the scores. scores : as the softmax sees them.
    error : p - onehot. projection : its operands.
    product, shifted : results.
    """

    phase: In(Phase)
    mantissa: In(NORM_MANTISSA_BITS)
    scale: In(signed(FACTOR_BITS))
    scores: In(ScoreView())
    error: In(signed(ERROR_BITS))
    projection: In(ProjectionOperands())
    product: Out(signed(PRODUCT_BITS))
    shifted: Out(signed(ALONG_BITS))

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = WideMultiplier(SCORE_BITS)
        m.submodules.shifter = shifter = Shifter(WIDE_BITS, ALONG_BITS)
        scores, projection = self.scores, self.projection
        m.d.comb += [
            multiplier.a.eq(scores.score),
            multiplier.b.eq(self.mantissa),
            shifter.i.eq(multiplier.o >> LEAST_SHIFT),
            self.product.eq(multiplier.o),
            self.shifted.eq(shifter.o),
            projection.product.eq(multiplier.o),
            projection.along.eq(shifter.o),
        ]
        m.d.sync += shifter.amount.eq(scores.shift)
        with m.Switch(self.phase):
            with m.Case(Phase.SCALE):
                m.d.comb += multiplier.a.eq(LOG2E)
            with m.Case(Phase.LOGITS):
                m.d.comb += multiplier.b.eq(self.scale)
            with m.Case(Phase.ERRORS):
                m.d.comb += multiplier.b.eq(self.error)
            with m.Case(Phase.PROJECTION):
                mantissa = Mux(projection.of_dot, scores.norm.mantissa, self.mantissa)
                m.d.comb += [
                    multiplier.a.eq(projection.factor),
                    multiplier.b.eq(mantissa),
                    shifter.i.eq(projection.wide),
                ]
                m.d.sync += shifter.amount.eq(scores.norm.exponent - 1)
        return m
