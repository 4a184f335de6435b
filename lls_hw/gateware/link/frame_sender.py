"""Frame sender: puts headers before replies."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.frames import HEADER_BYTES, MAX_REPLY_BYTES
from lls_hw.gateware.link.ports import CONTENT_LAYOUT, HEADER_LAYOUT, FrameOffer, ReplyRead

__all__ = ["FrameSender"]


class FrameSender(wiring.Component):
    """Sends a frame when replies are worth one, or when the offer requests one.

    One byte a cycle. A frame takes HEADER_BYTES + 3 cycles and, with n replies, n + 1 more: one to
    take the header, one for the memory, one to see that there are no more replies, one for `last`.

    Members
    -------
    offer : header of the next frame.
    replies : what the frames carry, at most MAX_REPLY_BYTES each.
    o : the frames, without CRC.
    """

    offer: In(FrameOffer())
    replies: Out(ReplyRead())
    o: Out(stream.Signature(CONTENT_LAYOUT))

    def elaborate(self, platform):
        m = Module()
        header, index = Signal(HEADER_LAYOUT), Signal(range(MAX_REPLY_BYTES + 1))
        replies, fetched, more = self.replies, Signal(), Signal()
        m.d.comb += more.eq(replies.more & (index != MAX_REPLY_BYTES))
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += replies.idle.eq(1)
                m.d.sync += [index.eq(0), header.eq(self.offer.header)]
                with m.If(replies.settled & (self.offer.request | replies.worth)):
                    m.d.comb += self.offer.taken.eq(1)
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += self.o.valid.eq(1)
                m.d.comb += self.o.payload.byte.eq(header.as_value()[:8])
                with m.If(self.o.ready):
                    m.d.sync += [header.eq(header.as_value() >> 8), index.eq(index + 1)]
                    with m.If(index == HEADER_BYTES - 1):
                        m.d.sync += index.eq(0)
                        m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                m.d.comb += self.o.valid.eq(fetched)
                m.d.comb += self.o.payload.byte.eq(replies.data)
                m.d.comb += replies.enable.eq(more & (~fetched | self.o.ready))
                with m.If(replies.enable):
                    m.d.sync += index.eq(index + 1)
                with m.If(self.o.ready | ~fetched):
                    m.d.sync += fetched.eq(replies.enable)
                with m.If(~fetched & ~more):
                    m.next = "END"
            with m.State("END"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.last.eq(1)]
                with m.If(self.o.ready):
                    m.next = "IDLE"
        return m
