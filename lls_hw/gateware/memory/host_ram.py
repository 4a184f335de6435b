"""Memories between the host and the engine: one side writes, the other reads."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped

from lls_hw.gateware.bus import element_write
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory_ports import ReadPort, WritePort
from lls_hw.gateware.ports import ElementRead

__all__ = ["HostReadRam", "HostWrittenRam"]


class HostWrittenRam(wiring.Component):
    """The host writes one word with each element, the engine reads; one of each a cycle.

    Parameters
    ----------
    depth, width : number of words, bits of a word.

    Members
    -------
    host : elements; the word is the element's low bits.
    read : word, LATENCY cycles after its address.
    """

    LATENCY = Ram.LATENCY

    def __init__(self, depth: int, width: int) -> None:
        self._depth, self._width = depth, width
        super().__init__({"host": In(element_write()), "read": In(ReadPort(depth, width))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(self._width, self._depth)
        connect(m, flipped(self.read), ram.read)
        m.d.comb += [
            ram.write.enable.eq(self.host.valid),
            ram.write.addr.eq(self.host.payload.addr),
            ram.write.data.eq(self.host.payload.data),
        ]
        return m


class HostReadRam(wiring.Component):
    """The engine writes, the host reads a word as an element; one of each a cycle.

    Parameters
    ----------
    depth, shape : number of words, shape of a word.

    Members
    -------
    write : word. host : element with the word in its low bits, LATENCY cycles after its address.
    """

    LATENCY = Ram.LATENCY

    def __init__(self, depth: int, shape) -> None:
        self._depth = depth
        super().__init__({"write": In(WritePort(depth, shape)), "host": In(ElementRead())})

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(len(self.write.data.as_value()), self._depth)
        m.d.comb += [
            ram.write.enable.eq(self.write.enable),
            ram.write.addr.eq(self.write.addr),
            ram.write.data.eq(self.write.data),
            ram.read.addr.eq(self.host.addr),
            self.host.data.eq(ram.read.data),
        ]
        return m
