"""Powers to probabilities and errors, and their product with the scores."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import ONE
from lls_hw.contract.timing_local import ERRORS_DRAIN, RECIPROCAL_CYCLES
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import CLASS_BITS, ERROR_BITS, LABEL_BITS
from lls_hw.gateware.local.loop import ClassLoop
from lls_hw.gateware.local.multiplier import LATENCY
from lls_hw.gateware.local.powers import POWER_BITS
from lls_hw.gateware.local.score_lanes import SCORE_BITS

__all__ = ["DOT_BITS", "Errors"]

DOT_BITS = SCORE_BITS + ERROR_BITS
"""Sum of errors times scores: the errors of a sample have magnitude 2 ONE together."""
_READ = 2
_LATENCY = 5


class Errors(wiring.Component):
    """``p = (power * reciprocal) >> 16`` and ``error = p - onehot`` of each class.

    `start` in cycle t: `done` in cycle t + classes + ERRORS_DRAIN, when `probability` is
    complete, `dot` a cycle later; both are stable until the next start.

    Members
    -------
    index : class whose power is read; `power` comes 2 cycles later.
    score_index : class whose score is read; it must be multiplied with `error` 2 cycles later.
    product : error times score, from the shared multiplier.
    reciprocal : of the sum of powers. `label` : true class.
    write_en, write_class, error : store the error.
    probability : of the label, Q15.
    dot : sum of all products.
    """

    start: In(1)
    classes: In(CLASS_BITS + 1)
    done: Out(1)
    index: Out(CLASS_BITS)
    power: In(POWER_BITS)
    reciprocal: In(RECIPROCAL_CYCLES - 1)
    label: In(LABEL_BITS)
    score_index: Out(CLASS_BITS)
    product: In(signed(DOT_BITS))
    write_en: Out(1)
    write_class: Out(CLASS_BITS)
    error: Out(signed(ERROR_BITS))
    probability: Out(POWER_BITS)
    dot: Out(signed(DOT_BITS))

    def elaborate(self, platform):
        m = Module()
        m.submodules.loop = loop = ClassLoop(ERRORS_DRAIN)
        power = Signal(POWER_BITS)
        product = Signal(POWER_BITS + RECIPROCAL_CYCLES - 1)
        p = product[16 : 16 + POWER_BITS]
        index = delay(m, loop.index, _LATENCY - 1, "index")
        valid = delay(m, loop.valid, _LATENCY - 1, "valid")
        multiplied = delay(m, self.write_en, LATENCY, "multiplied")
        hot = index == self.label
        m.d.comb += [
            loop.start.eq(self.start),
            loop.classes.eq(self.classes),
            self.done.eq(loop.done),
            self.index.eq(loop.index),
            self.score_index.eq(delay(m, loop.index, _LATENCY - _READ, "score")),
        ]
        m.d.sync += [
            power.eq(self.power),
            product.eq(power * self.reciprocal),
            self.error.eq(p - Mux(hot, ONE, 0)),
            self.write_en.eq(valid),
            self.write_class.eq(index),
        ]
        with m.If(self.start):
            m.d.sync += self.probability.eq(0)
        with m.Elif(valid & hot):
            m.d.sync += self.probability.eq(p)
        with m.If(self.start):
            m.d.sync += self.dot.eq(0)
        with m.Elif(multiplied):
            m.d.sync += self.dot.eq(self.dot + self.product)
        return m
