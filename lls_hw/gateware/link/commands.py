"""Commands: carries out WRITE and READ, one after the other."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.link.command_register import CommandRegister
from lls_hw.gateware.link.elements import Assembler
from lls_hw.gateware.link.read_replies import ReadReplies

__all__ = ["Commands"]


class Commands(wiring.Component):
    """Takes commands from the host's stream and moves their elements over the bus.

    Strictly in order: a command starts when the one before it is complete, a READ with its last
    reply byte. COMMAND_BYTES + 1 cycles a command, then a cycle for each byte of its elements and
    one for the last of them to leave, if the bus keeps up.

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
        m.submodules.register = register = CommandRegister()
        m.submodules.assembler = assembler = Assembler()
        m.submodules.replies = replies = ReadReplies()
        connect(m, flipped(self.data), replies.i)
        connect(m, replies.o, flipped(self.o))
        command, started, more = register.command, Signal(), Signal()
        m.d.comb += [
            register.i.payload.eq(self.i.payload),
            register.clear.eq(self.clear),
            register.start.eq(started),
            register.step.eq(
                (self.write.valid & self.write.ready) | (self.read.valid & self.read.ready)
            ),
            assembler.i.payload.eq(self.i.payload),
            assembler.size.eq(register.size),
            assembler.clear.eq(self.clear),
            more.eq(~(assembler.o.valid & register.single) & ~self.clear),
            replies.start.eq(started),
            replies.count.eq(command.count),
            replies.size.eq(register.size),
            self.write.payload.space.eq(command.space),
            self.write.payload.addr.eq(command.address),
            self.write.payload.data.eq(assembler.o.payload),
            self.read.payload.space.eq(command.space),
            self.read.payload.addr.eq(command.address),
        ]
        with m.FSM():
            with m.State("HEADER"):
                m.d.comb += [self.idle.eq(1), self.i.ready.eq(~self.clear)]
                m.d.comb += register.i.valid.eq(self.i.valid & ~self.clear)
                with m.If(register.complete):
                    m.next = "START"
            with m.State("START"):
                m.d.comb += started.eq(1)
                m.next = "WRITE"
                with m.If(command.read):
                    m.next = "READ"
                with m.If((command.count == 0) | self.clear):
                    m.next = "HEADER"
            with m.State("WRITE"):
                m.d.comb += [
                    assembler.i.valid.eq(self.i.valid & more),
                    self.i.ready.eq(assembler.i.ready & more),
                    self.write.valid.eq(assembler.o.valid),
                    assembler.o.ready.eq(self.write.ready),
                ]
                with m.If(register.step & register.single | self.clear & ~assembler.o.valid):
                    m.next = "HEADER"
            with m.State("READ"):
                m.d.comb += [self.reading.eq(1), self.read.valid.eq(register.some)]
                with m.If(replies.done):
                    m.next = "HEADER"
        return m
