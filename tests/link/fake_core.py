"""A memory behind the element bus, in place of the engine."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout

__all__ = ["FakeCore"]

ADDRESS_BITS = 10
"""Elements each space stores."""


class FakeCore(wiring.Component):
    """One write a cycle, one read every three; `hold` keeps reads waiting as a run would."""

    write_i: In(stream.Signature(WriteLayout))
    read_i: In(stream.Signature(ReadLayout))
    read_o: Out(stream.Signature(DATA_BITS))
    hold: In(1)
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=DATA_BITS, depth=16 << ADDRESS_BITS, init=[])
        write, read = memory.write_port(), memory.read_port()
        m.d.comb += [
            self.busy.eq(self.hold),
            self.write_i.ready.eq(1),
            write.en.eq(self.write_i.valid),
            write.addr.eq(
                self.write_i.payload.addr[:ADDRESS_BITS]
                | self.write_i.payload.space << ADDRESS_BITS
            ),
            write.data.eq(self.write_i.payload.data),
            read.addr.eq(
                self.read_i.payload.addr[:ADDRESS_BITS] | self.read_i.payload.space << ADDRESS_BITS
            ),
            self.read_o.payload.eq(read.data),
        ]
        fetched = Signal()
        m.d.comb += [
            self.read_i.ready.eq(~self.hold & ~fetched & ~self.read_o.valid),
            read.en.eq(self.read_i.valid & self.read_i.ready),
        ]
        m.d.sync += fetched.eq(read.en)
        with m.If(fetched):
            m.d.sync += self.read_o.valid.eq(1)
        with m.Elif(self.read_o.ready):
            m.d.sync += self.read_o.valid.eq(0)
        return m
