"""Deframer: finds the frames in a byte stream and undoes the escaping."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.frames import ESCAPE, FLAG, FLIP

__all__ = ["Deframer"]


class Deframer(wiring.Component):
    """One byte a cycle, never stalls; latency 1 cycle.

    Members
    -------
    i : bytes from the wire; always ready.
    valid, byte : a byte of a frame's content.
    end : the frame is complete. Also follows nothing at all, between two frames.
    """

    i: In(stream.Signature(8, always_ready=True))
    byte: Out(8)
    valid: Out(1)
    end: Out(1)

    def elaborate(self, platform):
        m = Module()
        escaped = Signal()
        arrived = self.i.payload
        m.d.sync += [self.valid.eq(0), self.end.eq(0)]
        with m.If(self.i.valid):
            m.d.sync += [
                escaped.eq(arrived == ESCAPE),
                self.byte.eq(Mux(escaped, arrived ^ FLIP, arrived)),
                self.valid.eq((arrived != ESCAPE) & (arrived != FLAG)),
                self.end.eq(arrived == FLAG),
            ]
        return m
