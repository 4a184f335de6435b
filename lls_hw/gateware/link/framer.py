"""Framer: puts flags around frames and escapes what they contain."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.link import ESCAPE, FLAG, FLIP

__all__ = ["CONTENT_LAYOUT", "Framer"]

CONTENT_LAYOUT = data.StructLayout({"byte": 8, "last": 1})
"""A byte of a frame's content; `last` marks the last one of the frame."""


class Framer(wiring.Component):
    """One byte a cycle; a frame takes two cycles more, and one more for each escaped byte.

    Members
    -------
    i : content of the frames. o : bytes for the wire.
    """

    i: In(stream.Signature(CONTENT_LAYOUT))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        content, escaped = self.i.payload, Signal()
        special = (content.byte == FLAG) | (content.byte == ESCAPE)
        with m.FSM():
            with m.State("OPEN"):
                m.d.comb += [self.o.valid.eq(self.i.valid), self.o.payload.eq(FLAG)]
                with m.If(self.o.valid & self.o.ready):
                    m.next = "CONTENT"
            with m.State("CONTENT"):
                m.d.comb += [
                    self.o.valid.eq(self.i.valid),
                    self.o.payload.eq(Mux(escaped, content.byte ^ FLIP, content.byte)),
                    self.i.ready.eq(self.o.ready),
                ]
                with m.If(special & ~escaped):
                    m.d.comb += [self.o.payload.eq(ESCAPE), self.i.ready.eq(0)]
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += escaped.eq(special & ~escaped)
                with m.If(self.i.valid & self.i.ready & content.last):
                    m.next = "CLOSE"
            with m.State("CLOSE"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(FLAG)]
                with m.If(self.o.ready):
                    m.next = "OPEN"
        return m
