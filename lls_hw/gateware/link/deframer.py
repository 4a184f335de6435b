"""Deframer: finds the frames in a byte stream and undoes the escaping."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.frames import ESCAPE, FLAG, FLIP
from lls_hw.gateware.link.ports import CONTENT_LAYOUT

__all__ = ["Deframer"]


class Deframer(wiring.Component):
    """Takes one byte a cycle and never stalls; latency 1 cycle.

    Members
    -------
    i : bytes from the wire.
    o : content of the frames. `last` also comes alone, where flags follow each other.
    """

    i: In(stream.Signature(8, always_ready=True))
    o: Out(stream.Signature(CONTENT_LAYOUT, always_ready=True))

    def elaborate(self, platform):
        m = Module()
        escaped = Signal()
        arrived = self.i.payload
        m.d.sync += self.o.valid.eq(self.i.valid & (arrived != ESCAPE))
        m.d.sync += self.o.payload.last.eq(arrived == FLAG)
        m.d.sync += self.o.payload.byte.eq(Mux(escaped, arrived ^ FLIP, arrived))
        with m.If(self.i.valid):
            m.d.sync += escaped.eq(arrived == ESCAPE)
        return m
