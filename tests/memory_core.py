"""A memory in place of the engine that fits every device; it may be of a technology's own."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.memory.ram import Ram

__all__ = ["MemoryCore"]


class MemoryCore(wiring.Component):
    """One 16-bit word an element, whatever its space; a read takes 4 cycles."""

    write_i: In(stream.Signature(WriteLayout))
    read_i: In(stream.Signature(ReadLayout))
    read_o: Out(stream.Signature(DATA_BITS))
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(16, 2048)
        age = Signal(4)
        m.d.comb += [
            self.write_i.ready.eq(1),
            ram.write.enable.eq(self.write_i.valid),
            ram.write.addr.eq(self.write_i.payload.addr),
            ram.write.data.eq(self.write_i.payload.data),
            self.read_i.ready.eq(~age.any() & ~self.read_o.valid),
            self.busy.eq(age.any()),
        ]
        m.d.sync += age.eq(age << 1)
        with m.If(self.read_i.valid & self.read_i.ready):
            m.d.sync += [age.eq(1), ram.read.addr.eq(self.read_i.payload.addr)]
        with m.If(age[-1]):
            m.d.sync += [self.read_o.valid.eq(1), self.read_o.payload.eq(ram.read.data)]
        with m.Elif(self.read_o.ready):
            m.d.sync += self.read_o.valid.eq(0)
        return m
