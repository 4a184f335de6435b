"""Scale of the scores: log2(e) / norm."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import LOG2E, LOG2E_FRACTION
from lls_hw.contract.timing_local import SCALE_CYCLES
from lls_hw.gateware.local.loss.arithmetic import PRODUCT_BITS
from lls_hw.gateware.local.multiplier import FACTOR_BITS
from lls_hw.gateware.local.ports import Run

__all__ = ["Scale"]


class Scale(wiring.Component):
    """Takes the product of log2(e) and the mantissa of 1 / norm.

    After `clear`, `scale` is log2(e), for scores without a norm. With `run.start` in cycle t, the
    multiplier has both operands in cycle t + 1; `run.done` marks cycle t + SCALE_CYCLES, and
    `scale` is stable from the next cycle until the next `clear` or start.

    Members
    -------
    run : start and end. clear : strobe.
    product : of the shared multiplier. scale : log2(e) / norm, LOG2E_FRACTION fraction bits.
    """

    run: In(Run())
    clear: In(1)
    product: In(signed(PRODUCT_BITS))
    scale: Out(signed(FACTOR_BITS))

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(SCALE_CYCLES + 1))
        m.d.comb += self.run.done.eq(count == SCALE_CYCLES)
        with m.If(self.clear):
            m.d.sync += self.scale.eq(LOG2E)
        with m.If(self.run.start):
            m.d.sync += count.eq(1)
        with m.Elif(self.run.done):
            m.d.sync += count.eq(0)
        with m.Elif(count != 0):
            m.d.sync += count.eq(count + 1)
        with m.If(count != 0):
            m.d.sync += self.scale.eq(self.product >> LOG2E_FRACTION)
        return m
