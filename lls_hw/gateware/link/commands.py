"""Commands: carries out WRITE and READ, one after the other."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.frames import ADDRESS_BYTES, COMMAND_BYTES, COUNT_BYTES, READ
from lls_hw.contract.registers import Space
from lls_hw.gateware.bus import DATA_BITS, SPACE_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.link.elements import Assembler, Serializer

__all__ = ["Commands"]

_COMMAND_LAYOUT = data.StructLayout(
    {
        "space": SPACE_BITS,
        "_": READ.bit_length() - 1 - SPACE_BITS,
        "read": 1,
        "addr": 8 * ADDRESS_BYTES,
        "count": 8 * COUNT_BYTES,
    }
)


class Commands(wiring.Component):
    """Parses the host's stream and moves elements over the bus.

    Strictly in order: a command starts when the one before it is complete, a READ with its last
    reply byte. COMMAND_BYTES + 1 cycles a command, then a cycle for each byte of data if the
    bus keeps up.

    Members
    -------
    i : the stream of commands. o : the stream of replies.
    write, read, data : the element bus.
    reading : a READ is being served.
    clear : finish the transfer in hand and drop the rest of the command; `idle` when done.
    """

    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))
    write: Out(stream.Signature(WriteLayout))
    read: Out(stream.Signature(ReadLayout))
    data: In(stream.Signature(DATA_BITS))
    reading: Out(1)
    clear: In(1)
    idle: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.assembler = assembler = Assembler()
        m.submodules.serializer = serializer = Serializer()
        connect(m, flipped(self.data), serializer.i)
        connect(m, serializer.o, flipped(self.o))
        command, index = Signal(_COMMAND_LAYOUT), Signal(range(COMMAND_BYTES + 1))
        unanswered = Signal.like(command.count)
        widths = [1] * (1 << SPACE_BITS)
        for space in Space:
            widths[space] = space.element_bytes
        size = Array(widths)[command.space]
        m.d.comb += [
            assembler.size.eq(size),
            assembler.i.payload.eq(self.i.payload),
            assembler.clear.eq(self.clear),
            serializer.size.eq(size),
            self.write.payload.space.eq(command.space),
            self.write.payload.addr.eq(command.addr),
            self.write.payload.data.eq(assembler.o.payload),
            self.read.payload.space.eq(command.space),
            self.read.payload.addr.eq(command.addr),
        ]
        bus = Signal()
        m.d.comb += bus.eq(
            (self.write.valid & self.write.ready) | (self.read.valid & self.read.ready)
        )
        # Elements to go: any, only one, replies outstanding; registers, because all waits for them.
        some, single, answered = Signal(), Signal(), Signal()
        with m.If(bus):
            m.d.sync += [command.addr.eq(command.addr + 1), command.count.eq(command.count - 1)]
            m.d.sync += [some.eq(~single), single.eq(command.count == 2)]
        m.d.sync += answered.eq(unanswered == 0)

        with m.FSM():
            with m.State("HEADER"):
                m.d.comb += [self.idle.eq(1), self.i.ready.eq(~self.clear)]
                with m.If(self.i.valid & self.i.ready):
                    m.d.sync += command.eq(Cat(command.as_value()[8:], self.i.payload))
                    m.d.sync += index.eq(index + 1)
                    with m.If(index == COMMAND_BYTES - 1):
                        m.next = "START"
                with m.If(self.clear):
                    m.d.sync += index.eq(0)
            with m.State("START"):
                m.d.sync += [index.eq(0), unanswered.eq(command.count)]
                m.d.sync += [some.eq(1), single.eq(command.count == 1), answered.eq(0)]
                m.next = "WRITE"
                with m.If(command.read):
                    m.next = "READ"
                with m.If((command.count == 0) | self.clear):
                    m.next = "HEADER"
            with m.State("WRITE"):
                more = ~(assembler.o.valid & single) & ~self.clear
                m.d.comb += [
                    assembler.i.valid.eq(self.i.valid & more),
                    self.i.ready.eq(assembler.i.ready & more),
                    self.write.valid.eq(assembler.o.valid),
                    assembler.o.ready.eq(self.write.ready),
                ]
                with m.If(bus & single | self.clear & ~assembler.o.valid):
                    m.next = "HEADER"
            with m.State("READ"):
                m.d.comb += [self.reading.eq(1), self.read.valid.eq(some)]
                with m.If(self.data.valid & self.data.ready):
                    m.d.sync += unanswered.eq(unanswered - 1)
                with m.If(answered & ~self.o.valid):
                    m.next = "HEADER"
        return m
