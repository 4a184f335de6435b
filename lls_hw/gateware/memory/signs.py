"""Sign memory: which outputs of a layer were negative."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.banked_ram import BankedRam

__all__ = ["SignStore"]


class SignStore(wiring.Component):
    """One bit a column for each output.

    Written for all columns at once; the bit of column c of a read in cycle t is at
    ``negative[c]`` in cycle t + 3 + c. The outputs of a `linear` layer have no sign: nothing is
    written for them, and what is read is zero.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        addr = ceil_log2(config.sign_depth)
        super().__init__(
            {
                "linear": In(1),
                "read_addr": In(addr),
                "negative": Out(config.cols),
                "write_enable": In(1),
                "write_addr": In(addr),
                "write_data": In(config.cols),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.ram = ram = BankedRam(config.cols, config.sign_depth)
        m.d.comb += [
            ram.read.addr.eq(self.read_addr),
            ram.write.addr.eq(self.write_addr),
            ram.write.data.eq(self.write_data),
            ram.write.enable.eq(self.write_enable & ~self.linear),
        ]
        for c in range(config.cols):
            bit = Signal(name=f"bit_{c}")
            m.d.comb += bit.eq(ram.read.data[c] & ~self.linear)
            m.d.comb += self.negative[c].eq(delay(m, bit, c, f"bit_{c}"))
        return m
