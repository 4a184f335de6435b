"""Checksum: appends the CRC to each frame."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import In, Out

from lls_hw.contract.frames import CRC_BYTES
from lls_hw.gateware.link.ports import CONTENT_LAYOUT

__all__ = ["Checksum"]


class Checksum(wiring.Component):
    """One byte a cycle, latency 1 cycle; the end takes CRC_BYTES cycles.

    Members
    -------
    i : header and payload; `last` comes after the last byte, with a byte that means nothing.
    o : the same and the CRC, whose last byte has `last`.
    """

    i: In(stream.Signature(CONTENT_LAYOUT))
    o: Out(stream.Signature(CONTENT_LAYOUT))

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC32_ISO_HDLC(data_width=8).create()
        # The register keeps a memory's slow output out of the CRC's path.
        content, full, taken = Signal(CONTENT_LAYOUT), Signal(), Signal()
        index = Signal(range(CRC_BYTES))
        m.d.comb += [self.i.ready.eq(~full | taken), self.o.valid.eq(full)]
        with m.If(self.i.ready):
            m.d.sync += [full.eq(self.i.valid), content.eq(self.i.payload)]
        with m.If(content.last):
            m.d.comb += [
                self.o.payload.byte.eq(crc.crc.word_select(index, 8)),
                self.o.payload.last.eq(index == CRC_BYTES - 1),
                taken.eq(full & self.o.ready & self.o.payload.last),
                crc.start.eq(taken),
            ]
            m.d.sync += index.eq(index + (full & self.o.ready))
        with m.Else():
            m.d.comb += [
                self.o.payload.byte.eq(content.byte),
                taken.eq(full & self.o.ready),
                crc.data.eq(content.byte),
                crc.valid.eq(taken),
            ]
        return m
