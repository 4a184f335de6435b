"""Port use: what a port of the external memory does in a cycle."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["PortUse"]


class PortUse(wiring.Component):
    """Says which of its uses a port made of a cycle in which it had the memory; latency 1.

    Members
    -------
    enable : the port has the memory. taken : a command of it is taken. writes : it writes.
    idle, read, write : no command is taken, one that reads, one that writes. One of them is high in
        every cycle with `enable`, none in any other.
    """

    enable: In(1)
    taken: In(1)
    writes: In(1)
    idle: Out(1)
    read: Out(1)
    write: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += [
            self.idle.eq(self.enable & ~self.taken),
            self.read.eq(self.enable & self.taken & ~self.writes),
            self.write.eq(self.enable & self.taken & self.writes),
        ]
        return m
