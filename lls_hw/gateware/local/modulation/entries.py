"""Memory of the entries of all modulations."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import WEIGHT_BITS
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.memory_ports import ReadPort, WritePort
from lls_hw.gateware.ports import ElementRead, element_write

__all__ = ["ModulationEntries"]


class ModulationEntries(wiring.Component):
    """Read by the walk and written by the update, else by the host; latency LATENCY cycles.

    Members
    -------
    walking : `read` is asked, else the host's.
    read : an entry. write : its new value.
    host_write, host_read : the host's access while idle; an entry lies in the low bits of an
        element, the rest is zero.
    """

    LATENCY = RAM_LATENCY

    def __init__(self, config: Config) -> None:
        self._depth = config.modulation_depth
        super().__init__(
            {
                "walking": In(1),
                "read": In(ReadPort(self._depth, signed(WEIGHT_BITS))),
                "write": In(WritePort(self._depth, signed(WEIGHT_BITS))),
                "host_write": In(element_write()),
                "host_read": In(ElementRead()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(WEIGHT_BITS, self._depth)
        addr = ceil_log2(self._depth)
        host, element = self.host_write.valid, self.host_write.payload
        m.d.comb += [
            ram.read.addr.eq(Mux(self.walking, self.read.addr, self.host_read.addr[:addr])),
            self.read.data.eq(ram.read.data),
            self.host_read.data.eq(ram.read.data),
            ram.write.enable.eq(host | self.write.enable),
            ram.write.addr.eq(Mux(host, element.addr[:addr], self.write.addr)),
            ram.write.data.eq(Mux(host, element.data[:WEIGHT_BITS], self.write.data)),
        ]
        return m
