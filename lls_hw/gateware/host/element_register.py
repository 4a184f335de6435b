"""A register on the way of what the host writes."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.ports import element_write

__all__ = ["ElementRegister"]


class ElementRegister(wiring.Component):
    """Lets an element travel half of the way to its memory in a cycle of its own.

    Latency 1 cycle, throughput one element a cycle. It takes only elements of its own memory: so it
    differs from the registers of other memories, which synthesis would otherwise merge into one.

    Members
    -------
    i, o : elements, taken at once.
    """

    i: In(element_write())
    o: Out(element_write())

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.o.valid.eq(self.i.valid)
        with m.If(self.i.valid):
            m.d.sync += self.o.payload.eq(self.i.payload)
        return m
