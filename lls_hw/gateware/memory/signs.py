"""Sign memory: which outputs of a layer were negative."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from lls_hw.contract.config import Config
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.banked_ram import BankedRam
from lls_hw.gateware.memory_ports import ReadPort, WritePort

__all__ = ["SignStore"]


class SignStore(wiring.Component):
    """One bit a column for each output.

    Written for all columns at once; the bit of column c of a read in cycle t is at
    ``read.data[c]`` in cycle t + LATENCY + c. The outputs of a `linear` layer have no sign: nothing
    is written for them, and what is read is zero.
    """

    LATENCY = BankedRam.LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "linear": In(1),
                "read": In(ReadPort(config.sign_depth, config.cols)),
                "write": In(WritePort(config.sign_depth, config.cols)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.ram = ram = BankedRam(config.cols, config.sign_depth)
        m.d.comb += [
            ram.write.addr.eq(self.write.addr),
            ram.write.data.eq(self.write.data),
            ram.write.enable.eq(self.write.enable & ~self.linear),
            ram.read.addr.eq(self.read.addr),
        ]
        for c in range(config.cols):
            bit = Signal(name=f"bit_{c}")
            m.d.comb += bit.eq(ram.read.data[c] & ~self.linear)
            m.d.comb += self.read.data[c].eq(delay(m, bit, c, f"bit_{c}"))
        return m
