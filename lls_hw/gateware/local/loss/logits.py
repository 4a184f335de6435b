"""Scores to base-2 exponents, and the largest of them."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.formats import CLASS_BITS
from lls_hw.contract.timing_local import LOGITS_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.loss.class_loop import ClassLoop
from lls_hw.gateware.local.ports import Run, class_write
from lls_hw.gateware.local.widths import LOGIT_BITS

__all__ = ["Logits"]


class Logits(wiring.Component):
    """Sends the scores of all classes through the shared multiplier and shifter.

    A start in cycle t: `run.done` marks cycle t + classes + LOGITS_DRAIN, in which the last logit
    is written. `top` and `prediction` are complete a cycle later and stable until the next start.

    Members
    -------
    run : start and end. classes : number of classes, stable.
    index : class whose score is read; RAM_LATENCY cycles later it is multiplied.
    logit : the scaled score, LOGITS_DRAIN cycles after its `index`.
    write : stores `logit`.
    top, prediction : largest logit and the first class that has it.
    """

    run: In(Run())
    classes: In(CLASS_BITS + 1)
    index: Out(CLASS_BITS)
    logit: In(signed(LOGIT_BITS))
    write: Out(class_write(signed(LOGIT_BITS)))
    top: Out(signed(LOGIT_BITS))
    prediction: Out(CLASS_BITS)

    def elaborate(self, platform):
        m = Module()
        m.submodules.loop = loop = ClassLoop(LOGITS_DRAIN)
        connect(m, flipped(self.run), loop.run)
        write = self.write
        m.d.comb += [
            loop.classes.eq(self.classes),
            self.index.eq(loop.index),
            write.enable.eq(delay(m, loop.valid, LOGITS_DRAIN, "valid")),
            write.addr.eq(delay(m, loop.index, LOGITS_DRAIN, "index")),
            write.data.eq(self.logit),
        ]
        with m.If(write.enable & ((write.addr == 0) | (self.logit > self.top))):
            m.d.sync += [self.top.eq(self.logit), self.prediction.eq(write.addr)]
        return m
