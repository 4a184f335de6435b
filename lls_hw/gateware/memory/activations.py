"""Activation memory: read by the array, written by the activation units and by the host."""

from amaranth.hdl import Cat, Module, Mux, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.latency import ACT_WRITE_LATENCY
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.banked_ram import BankedRam

__all__ = ["ActivationRead", "ActivationStore", "ActivationWrite"]


class ActivationRead(wiring.Signature):
    """`rows` channels, part `part` of word `addr`; zeros unless `valid`."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "valid": Out(1),
                "addr": Out(ceil_log2(config.act_depth)),
                "part": Out(ceil_log2(config.act_word // config.rows)),
                "x": In(data.ArrayLayout(signed(ACT_BITS), config.rows)),
            }
        )


class ActivationWrite(wiring.Signature):
    """`cols` channels go to part `part` of word `addr` where `enable` is set."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "enable": Out(1),
                "addr": Out(ceil_log2(config.act_depth)),
                "part": Out(ceil_log2(config.act_word // config.cols)),
                "data": Out(data.ArrayLayout(signed(ACT_BITS), config.cols)),
            }
        )


class ActivationStore(wiring.Component):
    """Words of `act_word` int8 channels.

    One read and one write a cycle. `read.x` follows its address by LATENCY cycles; a write is
    seen by reads from WRITE_LATENCY cycles later on.

    Members
    -------
    read : the array reads. write : the engine writes; it never waits.
    host : the host writes one channel; it waits while the engine writes.
    """

    LATENCY = BankedRam.WIDE_LATENCY
    WRITE_LATENCY = ACT_WRITE_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "read": In(ActivationRead(config)),
                "write": In(ActivationWrite(config)),
                "host": In(element_write(always_ready=False)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, size = self._config, self._config.act_word
        m.submodules.ram = ram = BankedRam(
            ACT_BITS * size, config.act_depth, granularity=ACT_BITS, wide=True
        )
        part = delay(m, self.read.part, self.LATENCY, "part")
        valid = delay(m, self.read.valid, self.LATENCY, "valid")
        chosen = ram.read.data.word_select(part, ACT_BITS * config.rows)
        m.d.comb += [
            ram.read.addr.eq(self.read.addr),
            self.read.x.as_value().eq(Mux(valid, chosen, 0)),
            self.host.ready.eq(~self.write.enable),
        ]
        element, lane_bits = self.host.payload, ceil_log2(size)
        with m.If(self.write.enable):
            lanes = (1 << config.cols) - 1
            m.d.sync += [
                ram.write.addr.eq(self.write.addr),
                ram.write.data.eq(Cat(*[self.write.data.as_value()] * (size // config.cols))),
                ram.write.enable.eq(lanes << (self.write.part * config.cols)),
            ]
        with m.Else():
            m.d.sync += [
                ram.write.addr.eq(element.addr[lane_bits:]),
                ram.write.data.eq(Cat(*[element.data[:ACT_BITS]] * size)),
                ram.write.enable.eq(self.host.valid << element.addr[:lane_bits]),
            ]
        return m
