"""Sums over the results of all samples."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from lls_hw.contract.formats import CLASS_BITS, PROBABILITY_FRACTION
from lls_hw.contract.tally import MANTISSA_BITS, TALLY_BITS
from lls_hw.gateware.ports import RESULT_LAYOUT, SlowRead

__all__ = ["ResultTally"]

_FACTOR_BITS = PROBABILITY_FRACTION + 1


class ResultTally(wiring.Component):
    """Counts right predictions and multiplies probabilities: `contract.tally.ResultSums`.

    It multiplies by a bit a cycle and then shifts by a bit a cycle: a result takes at most LATENCY
    cycles, and the next one comes no earlier.

    Members
    -------
    enable : a result. result : of a sample. label : its class.
    read : elements of `Space.TALLY`; settled when no result is under way.
    """

    LATENCY = 2 * PROBABILITY_FRACTION + 2
    """Cycles from a result to the sums with it."""

    enable: In(1)
    result: In(RESULT_LAYOUT)
    label: In(CLASS_BITS)
    read: In(SlowRead())

    def elaborate(self, platform):
        m = Module()
        correct, halvings = Signal(TALLY_BITS), Signal(TALLY_BITS)
        mantissa = Signal(MANTISSA_BITS, init=1 << MANTISSA_BITS - 1)
        product = Signal(MANTISSA_BITS + PROBABILITY_FRACTION)
        factor, count = Signal(_FACTOR_BITS), Signal(range(_FACTOR_BITS))
        probability = self.result.probability
        with m.Switch(self.read.addr[:2]):
            with m.Case(0):
                m.d.comb += self.read.data.eq(correct)
            with m.Case(1):
                m.d.comb += self.read.data.eq(halvings)
            with m.Default():
                m.d.comb += self.read.data.eq(mantissa)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.read.settled.eq(1)
                m.d.sync += [product.eq(0), count.eq(0)]
                m.d.sync += factor.eq(probability | (probability == 0))
                with m.If(self.enable):
                    m.d.sync += [
                        correct.eq(correct + (self.result.prediction == self.label)),
                        halvings.eq(halvings + (probability == 0)),
                    ]
                    m.next = "MULTIPLY"
            with m.State("MULTIPLY"):
                m.d.sync += [
                    product.eq((product << 1) + Mux(factor[-1], mantissa, 0)),
                    factor.eq(factor << 1),
                    count.eq(count + 1),
                ]
                with m.If(count == _FACTOR_BITS - 1):
                    m.next = "NORMALISE"
            with m.State("NORMALISE"):
                with m.If(product[-1]):
                    m.d.sync += mantissa.eq(product[PROBABILITY_FRACTION:])
                    m.next = "IDLE"
                with m.Else():
                    m.d.sync += [product.eq(product << 1), halvings.eq(halvings + 1)]
        return m
