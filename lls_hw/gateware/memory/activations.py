"""Activation memory: read by the array, written by the activation units and by the host."""

from amaranth.hdl import Cat, Module, Mux, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.banked_ram import BankedRam

__all__ = ["ActivationStore"]


class ActivationStore(wiring.Component):
    """Words of `act_word` int8 channels. The array reads `rows` of them, part `read_part`.

    `x` of a read in cycle t is there in cycle t + 4, and zero if `read_valid` was low. One read
    and one write a cycle, which reads see from the third cycle behind it on; a write of the
    engine goes before a write of the host, which waits while `host_ready` is low.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        word = ceil_log2(config.act_depth)
        self._byte_bits = ceil_log2(config.act_word)
        super().__init__(
            {
                "read_valid": In(1),
                "read_addr": In(word),
                "read_part": In(ceil_log2(config.act_word // config.rows)),
                "x": Out(data.ArrayLayout(signed(ACT_BITS), config.rows)),
                "write_enable": In(1),
                "write_addr": In(word),
                "write_part": In(ceil_log2(config.act_word // config.cols)),
                "write_data": In(data.ArrayLayout(signed(ACT_BITS), config.cols)),
                "host_enable": In(1),
                "host_addr": In(word + self._byte_bits),
                "host_data": In(ACT_BITS),
                "host_ready": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        size = config.act_word
        m.submodules.ram = ram = BankedRam(
            ACT_BITS * size, config.act_depth, granularity=ACT_BITS, wide=True
        )

        part = delay(m, self.read_part, 4, "part")
        valid = delay(m, self.read_valid, 4, "valid")
        width = ACT_BITS * config.rows
        chosen = ram.read.data.word_select(part, width)
        m.d.comb += self.x.as_value().eq(Mux(valid, chosen, 0))

        repeats = size // config.cols
        lane = self.host_addr[: self._byte_bits]
        m.d.comb += [
            ram.read.addr.eq(self.read_addr),
            self.host_ready.eq(~self.write_enable),
        ]
        with m.If(self.write_enable):
            enable = ((1 << config.cols) - 1) << (self.write_part * config.cols)
            m.d.sync += [
                ram.write.addr.eq(self.write_addr),
                ram.write.data.eq(Cat(*[self.write_data.as_value()] * repeats)),
                ram.write.enable.eq(enable),
            ]
        with m.Else():
            m.d.sync += [
                ram.write.addr.eq(self.host_addr[self._byte_bits :]),
                ram.write.data.eq(Cat(*[self.host_data] * size)),
                ram.write.enable.eq(self.host_enable << lane),
            ]
        return m
