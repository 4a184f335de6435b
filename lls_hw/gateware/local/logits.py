"""Scores to base-2 exponents, and the largest of them."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.timing_local import LOGITS_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import CLASS_BITS
from lls_hw.gateware.local.loop import ClassLoop
from lls_hw.gateware.local.multiplier import LATENCY

__all__ = ["LOGIT_BITS", "Logits"]

LOGIT_BITS = 20
"""Logits times 2**EXPONENT_FRACTION and log2(e); `docs/local_update_unit.md` bounds them."""
_READ = 2
_SHIFT = 2


class Logits(wiring.Component):
    """Sends the scores of all classes through the shared multiplier and shifter.

    `start` in cycle t: `done` in cycle t + classes + LOGITS_DRAIN, when `top` and `prediction`
    are complete; they are stable until the next start.

    Members
    -------
    index : class whose score is read; it is multiplied 2 cycles later.
    logit : the scaled score, 2 + 3 + 2 cycles after its `index`.
    write_en, write_class : store `logit`.
    top, prediction : largest logit and the first class that has it.
    """

    start: In(1)
    classes: In(CLASS_BITS + 1)
    done: Out(1)
    index: Out(CLASS_BITS)
    logit: In(signed(LOGIT_BITS))
    write_en: Out(1)
    write_class: Out(CLASS_BITS)
    top: Out(signed(LOGIT_BITS))
    prediction: Out(CLASS_BITS)

    def elaborate(self, platform):
        m = Module()
        m.submodules.loop = loop = ClassLoop(LOGITS_DRAIN)
        latency = _READ + LATENCY + _SHIFT
        m.d.comb += [
            loop.start.eq(self.start),
            loop.classes.eq(self.classes),
            self.done.eq(loop.done),
            self.index.eq(loop.index),
            self.write_en.eq(delay(m, loop.valid, latency, "valid")),
            self.write_class.eq(delay(m, loop.index, latency, "index")),
        ]
        with m.If(self.write_en & ((self.write_class == 0) | (self.logit > self.top))):
            m.d.sync += [self.top.eq(self.logit), self.prediction.eq(self.write_class)]
        return m
