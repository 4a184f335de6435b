"""USB burst: finds the bytes after which a packet should leave although it is not full."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.link.ports import CONTENT_LAYOUT

__all__ = ["BURST_CYCLES", "UsbBurst"]

BURST_CYCLES = 16
"""How long the last byte of a burst waits for another one."""


class UsbBurst(wiring.Component):
    """Holds each byte back until the next one comes, or until none has come for BURST_CYCLES.

    One byte a cycle; latency 1 cycle after the next byte has come.

    Members
    -------
    i : the bytes. o : the same; `last` marks those that no other followed soon.
    """

    i: In(stream.Signature(8))
    o: Out(stream.Signature(CONTENT_LAYOUT))

    def elaborate(self, platform):
        m = Module()
        held, full, waited = Signal(8), Signal(), Signal(range(BURST_CYCLES + 1))
        last = self.o.payload.last
        m.d.comb += [
            last.eq(waited == BURST_CYCLES),
            self.o.payload.byte.eq(held),
            self.o.valid.eq(full & (self.i.valid | last)),
            self.i.ready.eq(~full | (self.o.valid & self.o.ready)),
        ]
        with m.If(self.i.ready):
            m.d.sync += [held.eq(self.i.payload), full.eq(self.i.valid), waited.eq(0)]
        with m.Elif(~self.i.valid & ~last):
            m.d.sync += waited.eq(waited + 1)
        return m
