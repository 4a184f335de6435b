"""Who has the external memory: the host or the mover."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.gateware.bus import element_write
from lls_hw.gateware.mover.ports import ExternalPort
from lls_hw.gateware.ports import SlowRead

__all__ = ["ExternalAccess"]


class ExternalAccess(wiring.Component):
    """Gives the external memory to the mover while a program runs, else to the host; a cycle late.

    The host's accesses are done one after the other: a write has been taken when its command and
    its element have; the element of a read is there when `read.settled` is high.

    Members
    -------
    running : a program runs.
    mover : the mover. external : the memory.
    write, read : elements that the host writes and reads.
    """

    running: In(1)
    mover: In(ExternalPort())
    external: Out(ExternalPort())
    write: In(element_write(always_ready=False))
    read: In(SlowRead())

    def elaborate(self, platform):
        m = Module()
        host = ExternalPort().create()
        external, command = self.external, host.command
        commanded, given = Signal(), Signal()  # halves of the present write that have been taken
        waiting = Signal()  # for the memory to take the command of a read
        command_done, data_done = Signal(), Signal()
        m.d.comb += [
            command.valid.eq(waiting | (self.write.valid & ~commanded)),
            command.payload.write.eq(~waiting),
            command.payload.addr.eq(Mux(waiting, self.read.addr, self.write.payload.addr)),
            host.read_data.ready.eq(1),
            host.write_data.valid.eq(self.write.valid & ~given & ~waiting),
            host.write_data.payload.eq(self.write.payload.data),
            command_done.eq(commanded | (command.ready & ~waiting)),
            data_done.eq(given | (host.write_data.ready & ~waiting)),
            self.write.ready.eq(command_done & data_done),
        ]
        m.d.sync += [
            commanded.eq(self.write.valid & command_done & ~data_done),
            given.eq(self.write.valid & data_done & ~command_done),
        ]
        with m.If(self.read.ask):
            m.d.sync += [waiting.eq(1), self.read.settled.eq(0)]
        with m.Elif(command.ready):
            m.d.sync += waiting.eq(0)
        with m.If(host.read_data.valid):
            m.d.sync += [self.read.data.eq(host.read_data.payload), self.read.settled.eq(1)]

        own_running = Signal()  # a run begins long before its first move
        m.d.sync += own_running.eq(self.running)
        with m.If(own_running):
            connect(m, flipped(self.mover), flipped(external))
        with m.Else():
            connect(m, host, flipped(external))
        return m
