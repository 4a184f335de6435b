"""1 / norm of a latent vector from its sum of squares."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.latency_local import NORM_STEPS, ROOT_BITS
from lls_hw.gateware.local.loss.reciprocal import Reciprocal
from lls_hw.gateware.local.ports import NORM_LAYOUT, Run
from lls_hw.gateware.local.widths import NORM_MANTISSA_BITS, SQUARE_BITS

__all__ = ["InverseNorm"]

_PAIRS = SQUARE_BITS // 2
_STEPS = tuple(1 << step for step in reversed(range(NORM_STEPS)))
"""Pairs of zeros that each step of the normalisation may shift out."""


class InverseNorm(wiring.Component):
    """``1 / sqrt(square) = mantissa * 2**-(15 + exponent)``; `golden.integer.inverse_norm`.

    A start in cycle t takes `square`; `run.done` marks cycle t + INVERSE_NORM_CYCLES, and from
    then on the result is stable until the next start. A square of 0 gives mantissa 0 and exponent
    1.

    It normalises by pairs of bits, then takes one bit of the square root a cycle, then divides.

    Members
    -------
    run : start and end. square, norm : operand and result.
    """

    run: In(Run())
    square: In(SQUARE_BITS)
    norm: Out(NORM_LAYOUT)

    def elaborate(self, platform):
        m = Module()
        m.submodules.reciprocal = reciprocal = Reciprocal()
        value = Signal(SQUARE_BITS)
        zero, zeros = Signal(), Signal()  # zeros: may be shifted out in the present step
        count = Signal(range(ROOT_BITS))
        # One-hot: the step under way. One bit a step: pairs of zeros were shifted out.
        step, shifted = Signal(NORM_STEPS), Signal(NORM_STEPS)
        root, remainder = Signal(ROOT_BITS), Signal(ROOT_BITS + 1)
        trial = Signal(ROOT_BITS + 4)
        fits = Signal()
        m.d.comb += [
            trial.eq(((remainder << 2) | value[-2:]) - ((root << 2) | 1)),
            fits.eq(~trial[-1]),
            reciprocal.divisor.eq(root),
            self.run.done.eq(reciprocal.run.done),
            self.norm.exponent.eq(_PAIRS - Cat(reversed(shifted))),
        ]
        with m.If(zero):
            m.d.comb += self.norm.mantissa.eq(0)
        with m.Elif(reciprocal.quotient[NORM_MANTISSA_BITS]):
            m.d.comb += self.norm.mantissa.eq((1 << NORM_MANTISSA_BITS) - 1)
        with m.Else():
            m.d.comb += self.norm.mantissa.eq(reciprocal.quotient)

        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.run.start):
                    m.d.sync += [
                        zero.eq(self.square == 0),
                        zeros.eq(self.square[-2 * _STEPS[0] :] == 0),
                        value.eq(self.square | (self.square == 0)),
                        step.eq(1),
                    ]
                    m.next = "NORMALISE"
            with m.State("NORMALISE"):
                m.d.sync += [step.eq(step << 1), root.eq(0), remainder.eq(0), count.eq(0)]
                for index, pairs in enumerate(_STEPS):
                    with m.If(step[index]):
                        # The next step looks at half as many pairs.
                        above, below = value[-pairs:], value[-3 * pairs : -2 * pairs]
                        m.d.sync += zeros.eq(Mux(zeros, below == 0, above == 0))
                        m.d.sync += shifted[index].eq(zeros)
                        with m.If(zeros):
                            m.d.sync += value.eq(value << 2 * pairs)
                with m.If(step[-1]):
                    m.next = "ROOT"
            with m.State("ROOT"):
                m.d.sync += [
                    value.eq(value << 2),
                    remainder.eq(Mux(fits, trial, (remainder << 2) | value[-2:])),
                    root.eq((root << 1) | fits),
                    count.eq(count + 1),
                ]
                with m.If(count == ROOT_BITS - 1):
                    m.next = "DIVIDE"
            with m.State("DIVIDE"):
                m.d.comb += reciprocal.run.start.eq(1)
                m.next = "IDLE"
        return m
