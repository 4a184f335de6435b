"""Writes of the processor: bytes for the engine, and when the interrupt line is high."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.axi import INTERRUPT, WORD_BYTES, AxiRegister, Response
from lls_hw.gateware.axi.ports import ADDRESS, RESPONSE, WRITE_DATA
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.link.elements import Serializer
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["Writes"]


class Writes(wiring.Component):
    """Carries out writes in their order; an address may come before or after its word.

    A response follows address and word after 2 cycles. One write a cycle, one in 4 cycles to
    `WORD`. A write to anything but a register that can be written, or of a part of a word, does
    nothing and is answered with SLVERR. The outputs of the three channels come from registers.

    Members
    -------
    aw, w, b : channels of the bus. o : bytes from the host; at least 2 cycles after their word.
    interrupt : what was last written to `INTERRUPT`.
    """

    aw: In(stream.Signature(ADDRESS))
    w: In(stream.Signature(WRITE_DATA))
    b: Out(stream.Signature(RESPONSE))
    o: Out(stream.Signature(8))
    interrupt: Out(struct_layout(INTERRUPT))

    def elaborate(self, platform):
        m = Module()
        m.submodules.address = address = StreamBuffer(ADDRESS)
        m.submodules.word = word = StreamBuffer(WRITE_DATA)
        m.submodules.bytes = bytes_ = Serializer()
        connect(m, flipped(self.aw), address.i)
        connect(m, flipped(self.w), word.i)
        connect(m, bytes_.o, flipped(self.o))
        register = address.o.payload.addr[WORD_BYTES.bit_length() - 1 :]
        here, sends, keeps, done = Signal(), Signal(), Signal(), Signal()
        is_word, is_byte, is_interrupt = (
            register == offset // WORD_BYTES
            for offset in (AxiRegister.WORD, AxiRegister.BYTE, AxiRegister.INTERRUPT)
        )
        whole = word.o.payload.strb.all()
        m.d.comb += [
            here.eq(address.o.valid & word.o.valid & (~self.b.valid | self.b.ready)),
            sends.eq((is_word | is_byte) & whole),
            keeps.eq(is_interrupt & whole),
            bytes_.size.eq(Mux(is_word, WORD_BYTES, 1)),
            bytes_.i.payload.eq(word.o.payload.data),
            bytes_.i.valid.eq(here & sends),
            done.eq(here & (~sends | bytes_.i.ready)),
            address.o.ready.eq(done),
            word.o.ready.eq(done),
        ]
        with m.If(self.b.ready):
            m.d.sync += self.b.valid.eq(0)
        with m.If(done):
            m.d.sync += self.b.valid.eq(1)
            m.d.sync += self.b.payload.resp.eq(Mux(sends | keeps, Response.OKAY, Response.SLVERR))
        with m.If(done & keeps):
            m.d.sync += self.interrupt.eq(word.o.payload.data)
        return m
