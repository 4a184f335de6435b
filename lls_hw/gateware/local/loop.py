"""Loop over the classes of a sample."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.local.command import CLASS_BITS

__all__ = ["ClassLoop"]


class ClassLoop(wiring.Component):
    """Counts through the classes, then lets a pipeline run empty.

    With `start` in cycle t, `valid` is high and `index` is k in cycle t + 1 + k for
    k = 0 .. classes - 1; `done` marks cycle t + classes + drain. `index` is 0 while not
    `valid`; `classes` is stable from cycle t on.

    Parameters
    ----------
    drain : cycles after the last class.
    """

    start: In(1)
    classes: In(CLASS_BITS + 1)
    index: Out(CLASS_BITS)
    valid: Out(1)
    done: Out(1)

    def __init__(self, drain):
        self._drain = drain
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        running = Signal()
        count = Signal(range((1 << CLASS_BITS) + self._drain))
        end = Signal.like(count)
        m.d.sync += end.eq(self.classes + (self._drain - 2))
        m.d.comb += [
            self.valid.eq(running & (count < self.classes)),
        ]
        m.d.sync += self.done.eq(running & (count == end))
        with m.If(self.valid):
            m.d.comb += self.index.eq(count)
        m.d.sync += count.eq(count + 1)
        with m.If(self.start):
            m.d.sync += [running.eq(1), count.eq(0)]
        with m.Elif(self.done):
            m.d.sync += running.eq(0)
        return m
