"""1 / norm of a latent vector from its sum of squares."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.local.reciprocal import Reciprocal

__all__ = ["EXPONENT_BITS", "MANTISSA_BITS", "SQUARE_BITS", "InverseNorm"]

SQUARE_BITS = 46
"""4095 squares of 18-bit numbers."""
MANTISSA_BITS = 16
EXPONENT_BITS = 5
_PAIRS = SQUARE_BITS // 2
_STEPS = (16, 8, 4, 2, 1)
_ROOT_BITS = 16


class InverseNorm(wiring.Component):
    """``1 / sqrt(square) = mantissa * 2**-(15 + exponent)``; `golden.integer.inverse_norm`.

    `start` in cycle t takes `square`; `done` marks cycle t + INVERSE_NORM_CYCLES, and from then
    on the result is stable until the next start. A square of 0 gives mantissa 0 and exponent 1.

    Normalises by pairs of bits, then takes one bit of the square root a cycle, then divides.
    """

    start: In(1)
    square: In(SQUARE_BITS)
    done: Out(1)
    mantissa: Out(MANTISSA_BITS)
    exponent: Out(EXPONENT_BITS)

    def elaborate(self, platform):
        m = Module()
        m.submodules.reciprocal = reciprocal = Reciprocal()
        value = Signal(SQUARE_BITS)
        zero = Signal()
        count = Signal(range(_ROOT_BITS))
        # One-hot: the step under way. One bit a step: pairs of zeros were shifted out.
        step, shifted = Signal(len(_STEPS)), Signal(len(_STEPS))
        root, remainder = Signal(_ROOT_BITS), Signal(_ROOT_BITS + 1)
        trial = Signal(_ROOT_BITS + 4)
        m.d.comb += [
            trial.eq(((remainder << 2) | value[-2:]) - ((root << 2) | 1)),
            reciprocal.divisor.eq(root),
            self.done.eq(reciprocal.done),
            self.exponent.eq(_PAIRS - Cat(reversed(shifted))),
        ]
        with m.If(zero):
            m.d.comb += self.mantissa.eq(0)
        with m.Elif(reciprocal.quotient[MANTISSA_BITS]):
            m.d.comb += self.mantissa.eq((1 << MANTISSA_BITS) - 1)
        with m.Else():
            m.d.comb += self.mantissa.eq(reciprocal.quotient)

        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [
                        zero.eq(self.square == 0),
                        value.eq(self.square | (self.square == 0)),
                        step.eq(1),
                    ]
                    m.next = "NORMALISE"
            with m.State("NORMALISE"):
                m.d.sync += [step.eq(step << 1), root.eq(0), remainder.eq(0), count.eq(0)]
                for index, pairs in enumerate(_STEPS):
                    with m.If(step[index]):
                        zeros = value[-2 * pairs :] == 0
                        m.d.sync += shifted[index].eq(zeros)
                        with m.If(zeros):
                            m.d.sync += value.eq(value << 2 * pairs)
                with m.If(step[-1]):
                    m.next = "ROOT"
            with m.State("ROOT"):
                fits = ~trial[-1]
                m.d.sync += [
                    value.eq(value << 2),
                    remainder.eq(Mux(fits, trial, (remainder << 2) | value[-2:])),
                    root.eq((root << 1) | fits),
                    count.eq(count + 1),
                ]
                with m.If(count == _ROOT_BITS - 1):
                    m.next = "DIVIDE"
            with m.State("DIVIDE"):
                m.d.comb += reciprocal.start.eq(1)
                m.next = "IDLE"
        return m
