"""Errors of all classes, written one by one and read by groups."""

from amaranth.hdl import Cat, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.latency_local import ERROR_STORE_LATENCY
from lls_hw.gateware.local.ports import GroupRead, class_write
from lls_hw.gateware.local.widths import ERROR_BITS
from lls_hw.gateware.memory.ram import Ram

__all__ = ["ErrorStore"]


class ErrorStore(wiring.Component):
    """Two buffers of errors, a small memory for each lane; read latency LATENCY = 1 cycle.

    Members
    -------
    buffer : the one that is written; the other one is read.
    write : the error of a class. read : the errors of a group of classes.
    """

    LATENCY = ERROR_STORE_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "buffer": In(1),
                "write": In(class_write(signed(ERROR_BITS))),
                "read": In(GroupRead(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lane_bits = ceil_log2(self._config.lanes)
        group = self.read.addr
        write_lane = self.write.addr[:lane_bits]
        write_group = self.write.addr[lane_bits:][: len(group)]
        for lane in range(self._config.lanes):
            memory = Ram(ERROR_BITS, 2 << len(group), latency=self.LATENCY)
            m.submodules[f"lane_{lane}"] = memory
            m.d.comb += [
                memory.write.addr.eq(Cat(write_group, self.buffer)),
                memory.write.data.eq(self.write.data),
                memory.write.enable.eq(self.write.enable & (write_lane == lane)),
                memory.read.addr.eq(Cat(group, ~self.buffer)),
                self.read.data[lane].eq(memory.read.data),
            ]
        return m
