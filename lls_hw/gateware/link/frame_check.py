"""Frame check: takes frames apart and checks their CRC."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import In, Out

from lls_hw.contract.frames import CRC_BYTES, HEADER_BYTES
from lls_hw.gateware.link.ports import CONTENT_LAYOUT, HOST_HEADER_LAYOUT

__all__ = ["CHECK_LAYOUT", "FrameCheck"]

CHECK_LAYOUT = data.StructLayout({"good": 1, "header": HOST_HEADER_LAYOUT})
"""A frame has ended; it is `good` if it was long enough and its CRC was right."""

_HEADER_BYTES = HOST_HEADER_LAYOUT.size // 8


class FrameCheck(wiring.Component):
    """Splits a frame into its header and the bytes after it. One byte a cycle, latency 0.

    Members
    -------
    i : content of the frames.
    payload : the bytes after the header; the last ones are the CRC.
    end : the result, together with the frame's `last`; no frame, no result.
    """

    i: In(stream.Signature(CONTENT_LAYOUT, always_ready=True))
    payload: Out(stream.Signature(8, always_ready=True))
    end: Out(stream.Signature(CHECK_LAYOUT, always_ready=True))

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC32_ISO_HDLC(data_width=8).create()
        shortest = HEADER_BYTES + CRC_BYTES
        index, header = Signal(range(shortest + 1)), Signal(HOST_HEADER_LAYOUT)
        byte, last = Signal(), Signal()
        m.d.comb += [
            byte.eq(self.i.valid & ~self.i.payload.last),
            last.eq(self.i.valid & self.i.payload.last),
            crc.start.eq(last),
            crc.valid.eq(byte),
            crc.data.eq(self.i.payload.byte),
            self.payload.valid.eq(byte & (index >= HEADER_BYTES)),
            self.payload.payload.eq(self.i.payload.byte),
            self.end.valid.eq(last & (index != 0)),
            self.end.payload.good.eq(crc.match_detected & (index == shortest)),
            self.end.payload.header.eq(header),
        ]
        with m.If(byte & (index < _HEADER_BYTES)):
            m.d.sync += header.eq(Cat(header.as_value()[8:], self.i.payload.byte))
        with m.If(last):
            m.d.sync += index.eq(0)
        with m.Elif(byte & (index != shortest)):
            m.d.sync += index.eq(index + 1)
        return m
