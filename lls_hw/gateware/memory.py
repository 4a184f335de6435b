"""Block RAM with one read and one write port."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory as MemoryArray
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

__all__ = ["Ram"]


class Ram(wiring.Component):
    """One-read one-write memory of `depth` words.

    The word of `read_addr` in cycle t is at `read_data` in cycle t + latency (default 2: block
    RAM and a register behind it). A write in cycle t is seen by reads from cycle t + 1 on; a
    simultaneous read of the same address returns the old word.

    Parameters
    ----------
    width, depth : bits of a word, number of words.
    granularity : bits that one write-enable bit covers; the whole word by default.
    latency : 1 or 2.
    init : first words of the memory.
    """

    def __init__(self, width, depth, *, granularity=None, latency=2, init=()):
        self._width, self._depth = width, depth
        self._granularity = granularity
        self._latency = latency
        self._init = list(init)
        lanes = 1 if granularity is None else width // granularity
        super().__init__(
            {
                "read_addr": In(ceil_log2(depth)),
                "read_data": Out(width),
                "write_addr": In(ceil_log2(depth)),
                "write_data": In(width),
                "write_enable": In(lanes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.array = array = MemoryArray(
            shape=self._width, depth=self._depth, init=self._init
        )
        write = array.write_port(granularity=self._granularity)
        read = array.read_port()
        m.d.comb += [
            write.addr.eq(self.write_addr),
            write.data.eq(self.write_data),
            write.en.eq(self.write_enable),
            read.addr.eq(self.read_addr),
        ]
        if self._latency == 1:
            m.d.comb += self.read_data.eq(read.data)
        else:
            behind = Signal(self._width)
            m.d.sync += behind.eq(read.data)
            m.d.comb += self.read_data.eq(behind)
        return m
