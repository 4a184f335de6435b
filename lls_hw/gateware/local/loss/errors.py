"""Powers to probabilities and errors, and their product with the scores."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.formats import CLASS_BITS, ONE
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.contract.latency_local import (
    ERROR_LATENCY,
    MULTIPLIER_LATENCY,
    PROBABILITY_LATENCY,
    RECIPROCAL_BITS,
)
from lls_hw.contract.timing_local import ERRORS_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.loss.class_loop import ClassLoop
from lls_hw.gateware.local.ports import Run, class_read, class_write
from lls_hw.gateware.local.widths import DOT_BITS, ERROR_BITS, POWER_BITS

__all__ = ["Errors"]

_DROPPED = 16
"""Fraction bits of a power times the reciprocal beyond those of a probability."""
_PROBABILITY = RAM_LATENCY + PROBABILITY_LATENCY
"""Cycles from the index of a class to its probability."""


class Errors(wiring.Component):
    """``p = (power * reciprocal) >> 16`` and ``error = p - onehot`` of each class.

    A start in cycle t: `run.done` marks cycle t + classes + ERRORS_DRAIN, when `probability` is
    complete, `dot` a cycle later; both are stable until the next start.

    Members
    -------
    run : start and end. classes : number of classes, stable.
    read : powers, RAM_LATENCY cycles from address to data; the address is 0 while none is read.
    reciprocal : of the sum of powers. label : true class.
    write : stores an error.
    score_index : class whose score is read, so that it meets `write.data`; 0 while none is.
    product : error times score, MULTIPLIER_LATENCY after both.
    probability : of the label, Q15.
    dot : sum of all products.
    """

    run: In(Run())
    classes: In(CLASS_BITS + 1)
    read: Out(class_read(POWER_BITS))
    reciprocal: In(RECIPROCAL_BITS)
    label: In(CLASS_BITS)
    write: Out(class_write(signed(ERROR_BITS)))
    score_index: Out(CLASS_BITS)
    product: In(signed(DOT_BITS))
    probability: Out(POWER_BITS)
    dot: Out(signed(DOT_BITS))

    def elaborate(self, platform):
        m = Module()
        m.submodules.loop = loop = ClassLoop(ERRORS_DRAIN)
        connect(m, flipped(self.run), loop.run)
        power = Signal(POWER_BITS)
        product = Signal(POWER_BITS + RECIPROCAL_BITS)
        p = product[_DROPPED : _DROPPED + POWER_BITS]
        index = delay(m, loop.index, _PROBABILITY, "index")
        valid = delay(m, loop.valid, _PROBABILITY, "valid")
        multiplied = delay(m, self.write.enable, MULTIPLIER_LATENCY, "multiplied")
        hot = index == self.label
        m.d.comb += [
            loop.classes.eq(self.classes),
            self.read.addr.eq(loop.index),
            self.score_index.eq(delay(m, loop.index, ERROR_LATENCY, "score")),
        ]
        m.d.sync += [
            power.eq(self.read.data),
            product.eq(power * self.reciprocal),
            self.write.data.eq(p - Mux(hot, ONE, 0)),
            self.write.enable.eq(valid),
            self.write.addr.eq(index),
        ]
        with m.If(self.run.start):
            m.d.sync += self.probability.eq(0)
        with m.Elif(valid & hot):
            m.d.sync += self.probability.eq(p)
        with m.If(self.run.start):
            m.d.sync += self.dot.eq(0)
        with m.Elif(multiplied):
            m.d.sync += self.dot.eq(self.dot + self.product)
        return m
