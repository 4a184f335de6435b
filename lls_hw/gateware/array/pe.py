"""Processing element: one multiplier, two dataflows."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import ACT_BITS, OPERAND_BITS, PRODUCT_BITS, PSUM_BITS
from lls_hw.contract.latency import ELEMENT_LATENCY
from lls_hw.gateware.arithmetic.select_add import SelectAdd
from lls_hw.gateware.control import Control

__all__ = ["ProcessingElement"]


class ProcessingElement(wiring.Component):
    """One multiply-accumulate a cycle.

    Forward: ``psum_o = psum_north + x * weight`` moves south. Gradient: ``x * v`` accumulates
    inside; with ``last`` the finished sum replaces ``psum_o``, which otherwise repeats
    ``psum_south``: sums drift north. All second operands pass the shadow register: a weight waits
    there for `swap`, an error comes ERROR_LEAD cycles before its x and goes on at once.

    Latency: x, v and control reach the next element after 1 cycle, ``psum_o`` changes LATENCY
    cycles after its x. Throughput: one product a cycle. Sums are PSUM_BITS wide and do not overflow
    within formats.MAX_BEATS beats.

    Members
    -------
    x_i, x_o : signed(8), activation, moving east.
    v_i, v_o : signed(16), weight or error, moving south.
    control_i, control_o : Control, moving east with x.
    psum_north, psum_south : signed(32), ``psum_o`` of the neighbours.
    psum_o : signed(32).
    """

    LATENCY = ELEMENT_LATENCY

    x_i: In(signed(ACT_BITS))
    x_o: Out(signed(ACT_BITS))
    v_i: In(signed(OPERAND_BITS))
    v_o: Out(signed(OPERAND_BITS))
    control_i: In(Control)
    control_o: Out(Control)
    psum_north: In(signed(PSUM_BITS))
    psum_south: In(signed(PSUM_BITS))
    psum_o: Out(signed(PSUM_BITS))

    def elaborate(self, platform):
        m = Module()
        shadow = Signal(signed(OPERAND_BITS))
        operand = Signal(signed(OPERAND_BITS))
        product = Signal(signed(PRODUCT_BITS))
        total = Signal(signed(PSUM_BITS))
        m.submodules.adder = adder = SelectAdd(PSUM_BITS)
        late = Signal(Control)

        m.d.sync += [
            self.x_o.eq(self.x_i),
            self.v_o.eq(self.v_i),
            self.control_o.eq(self.control_i),
            late.eq(self.control_o),
            product.eq(self.x_o * operand),
        ]
        with m.If(self.control_i.load):
            m.d.sync += shadow.eq(self.v_i)
        with m.If(self.control_i.swap):
            m.d.sync += operand.eq(shadow)

        m.d.comb += [
            adder.a.eq(product),
            adder.b.eq(total),
            adder.c.eq(self.psum_north),
            adder.select.eq(late.gradient),
        ]
        m.d.sync += self.psum_o.eq(Mux(late.gradient & ~late.last, self.psum_south, adder.o))
        m.d.sync += total.eq(adder.o)
        with m.If(self.control_o.first):  # A register's reset costs nothing, a multiplexer would.
            m.d.sync += total.eq(0)
        return m
