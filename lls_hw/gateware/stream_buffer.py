"""Stream buffer: cuts the combinational paths of a stream, in both directions."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["StreamBuffer"]


class StreamBuffer(wiring.Component):
    """Two words deep; all its outputs come from registers.

    Latency 1 cycle, throughput one word a cycle.

    Parameters
    ----------
    shape : of the payload.

    Members
    -------
    i, o : the stream.
    """

    def __init__(self, shape) -> None:
        signature = stream.Signature(shape)
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform):
        m = Module()
        spare, occupied = Signal.like(self.i.payload), Signal()
        m.d.comb += self.i.ready.eq(~occupied)
        with m.If(self.i.ready):
            m.d.sync += spare.eq(self.i.payload)
        with m.If(self.o.ready | ~self.o.valid):
            m.d.sync += [self.o.valid.eq(self.i.valid | occupied), occupied.eq(0)]
            with m.If(occupied):
                m.d.sync += self.o.payload.eq(spare)
            with m.Else():
                m.d.sync += self.o.payload.eq(self.i.payload)
        with m.Elif(self.i.ready):
            m.d.sync += occupied.eq(self.i.valid)
        return m
