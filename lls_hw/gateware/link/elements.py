"""Elements of a space and their bytes on the link, little-endian."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.bus import DATA_BITS

__all__ = ["SIZE", "Assembler", "Serializer"]

_BYTES = DATA_BITS // 8

SIZE = range(_BYTES + 1)
"""Shape of a number of bytes of an element."""


class Assembler(wiring.Component):
    """Makes elements of bytes. A byte a cycle; an element is valid one cycle after its last byte.

    Members
    -------
    size : bytes of an element. i : bytes. o : elements, unused high bytes zero.
    clear : forget a part of an element; a whole one stays valid.
    """

    size: In(SIZE)
    i: In(stream.Signature(8))
    o: Out(stream.Signature(DATA_BITS))
    clear: In(1)

    def elaborate(self, platform):
        m = Module()
        index = Signal(range(_BYTES))
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            with m.If(index == 0):
                m.d.sync += self.o.payload.eq(self.i.payload)
            with m.Else():
                m.d.sync += self.o.payload.word_select(index, 8).eq(self.i.payload)
            m.d.sync += index.eq(index + 1)
            with m.If(index == self.size - 1):
                m.d.sync += [index.eq(0), self.o.valid.eq(1)]
        with m.If(self.clear):
            m.d.sync += index.eq(0)
        return m


class Serializer(wiring.Component):
    """Makes bytes of elements. A byte a cycle, without gaps; latency 1 cycle.

    Members
    -------
    size : bytes of an element. i : elements. o : bytes.
    """

    size: In(SIZE)
    i: In(stream.Signature(DATA_BITS))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        rest, left = Signal(DATA_BITS), Signal(SIZE)
        m.d.comb += [
            self.o.valid.eq(left != 0),
            self.o.payload.eq(rest[:8]),
            self.i.ready.eq((left == 0) | ((left == 1) & self.o.ready)),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [rest.eq(self.i.payload), left.eq(self.size)]
        with m.Elif(self.o.valid & self.o.ready):
            m.d.sync += [rest.eq(rest >> 8), left.eq(left - 1)]
        return m
