"""Framer: puts flags around frames and escapes what they contain."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.frames import ESCAPE, FLAG, FLIP
from lls_hw.gateware.link.ports import CONTENT_LAYOUT

__all__ = ["Framer"]


class Framer(wiring.Component):
    """One byte a cycle; a frame takes two cycles more, and one more for each escaped byte.

    Latency 2 cycles, from the first byte of a frame to its opening flag 1.

    Members
    -------
    i : the frames, complete with CRC. o : bytes for the wire.
    """

    i: In(stream.Signature(CONTENT_LAYOUT))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        content, special = Signal(CONTENT_LAYOUT), Signal()
        full, taken, escaped = Signal(), Signal(), Signal()
        arriving = self.i.payload.byte
        m.d.comb += self.i.ready.eq(~full | taken)
        with m.If(self.i.ready):
            m.d.sync += [
                full.eq(self.i.valid),
                content.eq(self.i.payload),
                special.eq((arriving == FLAG) | (arriving == ESCAPE)),
            ]
        with m.FSM():
            with m.State("OPEN"):
                m.d.comb += [self.o.valid.eq(full), self.o.payload.eq(FLAG)]
                with m.If(full & self.o.ready):
                    m.next = "CONTENT"
            with m.State("CONTENT"):
                escape = special & ~escaped
                m.d.comb += [
                    self.o.valid.eq(full),
                    self.o.payload.eq(Mux(escaped, content.byte ^ FLIP, content.byte)),
                    taken.eq(full & self.o.ready & ~escape),
                ]
                with m.If(escape):
                    m.d.comb += self.o.payload.eq(ESCAPE)
                with m.If(full & self.o.ready):
                    m.d.sync += escaped.eq(escape)
                with m.If(taken & content.last):
                    m.next = "CLOSE"
            with m.State("CLOSE"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(FLAG)]
                with m.If(self.o.ready):
                    m.next = "OPEN"
        return m
