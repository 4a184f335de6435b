"""Memory with a word for each class."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.latency import RAM_LATENCY
from lls_hw.gateware.local.ports import class_read, class_write
from lls_hw.gateware.memory.ram import Ram

__all__ = ["ClassMemory"]


class ClassMemory(wiring.Component):
    """A word for each of `max_classes` classes; one read and one write a cycle, latency LATENCY.

    Parameters
    ----------
    config : engine configuration.
    width : bits of a word.
    double : two buffers; `buffer` is the one that is written, and the other one is read.

    Members
    -------
    write, read : ports. buffer : only if `double`.
    """

    LATENCY = RAM_LATENCY

    def __init__(self, config: Config, width: int, *, double: bool = False) -> None:
        self._config, self._width, self._double = config, width, double
        super().__init__(
            {
                "write": In(class_write(width)),
                "read": In(class_read(width)),
                **({"buffer": In(1)} if double else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = ceil_log2(self._config.max_classes)
        m.submodules.ram = ram = Ram(self._width, (2 if self._double else 1) << bits)
        m.d.comb += [
            ram.write.enable.eq(self.write.enable),
            ram.write.addr.eq(self.write.addr[:bits]),
            ram.write.data.eq(self.write.data),
            ram.read.addr.eq(self.read.addr[:bits]),
            self.read.data.eq(ram.read.data),
        ]
        if self._double:
            m.d.comb += [
                ram.write.addr.eq(Cat(self.write.addr[:bits], self.buffer)),
                ram.read.addr.eq(Cat(self.read.addr[:bits], ~self.buffer)),
            ]
        return m
