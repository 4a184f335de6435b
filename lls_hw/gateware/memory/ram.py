"""Block RAM with one read and one write port."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory as MemoryArray
from amaranth.lib.wiring import In, connect, flipped

from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.memory_ports import ReadPort, WritePort

__all__ = ["Ram", "ram_ports"]


def ram_ports(width, depth, granularity):
    """Members of a one-read one-write memory."""
    lanes = 1 if granularity is None else width // granularity
    return {"read": In(ReadPort(depth, width)), "write": In(WritePort(depth, width, lanes))}


class Ram(wiring.Component):
    """One-read one-write memory of `depth` words.

    The word of `read.addr` in cycle t is at `read.data` in cycle t + latency (default LATENCY:
    block RAM and a register after it). A write in cycle t is seen by reads from cycle t + 1 on.
    What a read of the same address in cycle t returns is not defined: nobody may use it, and the
    block RAM then needs no logic around it. `sim/test_core.py` runs the engine with `poison` set.

    A technology, the `platform` of `elaborate`, may have larger memories than block RAM: the
    component that its `large_ram` returns does the same, but for the words at the start. Block
    RAM begins with `init` and then zeros, a larger memory with undefined words.

    Parameters
    ----------
    width, depth : bits of a word, number of words.
    granularity : bits that one write-enable bit covers; the whole word by default.
    latency : 1 or 2.
    init : first words of the memory.
    """

    LATENCY = RAM_LATENCY

    poison = False
    """Simulation only: reads that meet a write return the inverted word."""

    def __init__(self, width, depth, *, granularity=None, latency=LATENCY, init=()):
        self._width, self._depth = width, depth
        self._granularity = granularity
        self._latency = latency
        self._init = list(init)
        super().__init__(ram_ports(width, depth, granularity))

    def elaborate(self, platform):
        m = Module()
        large_ram = getattr(platform, "large_ram", lambda *_: None)
        large = large_ram(self._width, self._depth, self._granularity, self._latency, self._init)
        if large is not None:
            m.submodules.large = large
            connect(m, flipped(self), large)
            return m
        m.submodules.array = array = MemoryArray(
            shape=self._width, depth=self._depth, init=self._init
        )
        write = array.write_port(granularity=self._granularity)
        read = array.read_port()
        m.d.comb += [
            write.addr.eq(self.write.addr),
            write.data.eq(self.write.data),
            write.en.eq(self.write.enable),
            read.addr.eq(self.read.addr),
        ]
        word = read.data
        if self.poison:
            collision = Signal()
            meets = self.write.enable.any() & (self.read.addr == self.write.addr)
            m.d.sync += collision.eq(meets)
            word = Mux(collision, ~read.data, read.data)
        if self._latency == 1:
            m.d.comb += self.read.data.eq(word)
        else:
            registered = Signal(self._width)
            m.d.sync += registered.eq(word)
            m.d.comb += self.read.data.eq(registered)
        return m
