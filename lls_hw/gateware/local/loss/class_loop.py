"""Loop over the classes of a sample."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import CLASS_BITS
from lls_hw.gateware.local.ports import Run

__all__ = ["ClassLoop"]


class ClassLoop(wiring.Component):
    """Counts through the classes, then lets a pipeline run empty.

    With `run.start` in cycle t, `valid` is high and `index` is k in cycle t + 1 + k for
    k = 0 .. classes - 1; `run.done` marks cycle t + classes + drain. `index` is 0 while not
    `valid`.

    Parameters
    ----------
    drain : cycles after the last class.

    Members
    -------
    run : start and end. classes : number of classes, stable from the start on.
    index, valid : class.
    """

    run: In(Run())
    classes: In(CLASS_BITS + 1)
    index: Out(CLASS_BITS)
    valid: Out(1)

    def __init__(self, drain: int) -> None:
        self._drain = drain
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        running = Signal()
        count = Signal(range((1 << CLASS_BITS) + self._drain))
        end = Signal.like(count)
        # Two registers: the last count is compared one cycle, and done comes one cycle after that.
        m.d.sync += [
            end.eq(self.classes + (self._drain - 2)),
            self.run.done.eq(running & (count == end)),
            count.eq(count + 1),
        ]
        m.d.comb += self.valid.eq(running & (count < self.classes))
        with m.If(self.valid):
            m.d.comb += self.index.eq(count)
        with m.If(self.run.start):
            m.d.sync += [running.eq(1), count.eq(0)]
        with m.Elif(self.run.done):
            m.d.sync += running.eq(0)
        return m
