"""Errors of all classes, written one by one and read by groups."""

from amaranth.hdl import Cat, Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import CLASS_BITS, ERROR_BITS
from lls_hw.gateware.memory.ram import Ram

__all__ = ["ErrorStore"]


class ErrorStore(wiring.Component):
    """Two buffers of errors: a small memory for each lane; read latency 1 cycle.

    Members
    -------
    write_en, write_class, write_error : store an error in buffer `buffer`.
    group, errors : the errors of a group, from the other buffer.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "buffer": In(1),
                "write_en": In(1),
                "write_class": In(CLASS_BITS),
                "write_error": In(signed(ERROR_BITS)),
                "group": In(ceil_log2(config.groups)),
                "errors": Out(data.ArrayLayout(signed(ERROR_BITS), config.lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lane_bits = ceil_log2(self._config.lanes)
        write_group = self.write_class[lane_bits:][: len(self.group)]
        for lane in range(self._config.lanes):
            memory = Ram(ERROR_BITS, 2 << len(self.group), latency=1)
            m.submodules[f"lane_{lane}"] = memory
            mine = self.write_class[:lane_bits] == lane
            m.d.comb += [
                memory.write.addr.eq(Cat(write_group, self.buffer)),
                memory.write.data.eq(self.write_error),
                memory.write.enable.eq(self.write_en & mine),
                memory.read.addr.eq(Cat(self.group, ~self.buffer)),
                self.errors[lane].eq(memory.read.data),
            ]
        return m
