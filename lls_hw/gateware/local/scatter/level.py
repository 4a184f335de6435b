"""Level of a batch: the largest error of any sample, relative to its exponent."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import ERROR_MAX, EXPONENT_BITS, LATENT_BITS, LEVEL_BITS
from lls_hw.contract.latency_local import LEVEL_LATENCY
from lls_hw.gateware.ports import LevelWrite

__all__ = ["Level"]


class Level(wiring.Component):
    """Maximum over samples of max(bits of the largest error, 7) - exponent.

    It takes errors by their one's complement magnitude, as `golden.integer.error_shifts` does.
    `sample_end` comes at least LATENCY = 2 cycles after a sample's last error, and `batch_end` at
    least one cycle later; in that cycle the level is written.

    Members
    -------
    error, valid : an error of the sample. exponent : of the sample's errors, at `sample_end`.
    first : before the first sample. sample_end, batch_end : strobes. layer : stable.
    levels : the memory.
    """

    LATENCY = LEVEL_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "error": In(signed(LATENT_BITS)),
                "valid": In(1),
                "exponent": In(EXPONENT_BITS),
                "first": In(1),
                "sample_end": In(1),
                "batch_end": In(1),
                "layer": In(ceil_log2(config.max_layers)),
                "levels": Out(LevelWrite(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits, least = LATENT_BITS - 1, ERROR_MAX.bit_length()
        magnitude, error = Signal(bits), Signal(bits)
        length = Signal(range(bits + 1))
        level = self.levels.data
        sample = Signal.like(level)
        m.d.comb += [
            error.eq(self.error[:bits] ^ self.error[-1].replicate(bits)),
            sample.eq(length - self.exponent),
            self.levels.enable.eq(self.batch_end),
            self.levels.addr.eq(self.layer),
        ]
        m.d.sync += length.eq(least)
        for k in range(least, bits):
            with m.If(magnitude[k]):
                m.d.sync += length.eq(k + 1)
        with m.If(self.sample_end):
            m.d.sync += magnitude.eq(0)
        with m.Elif(self.valid):
            m.d.sync += magnitude.eq(magnitude | error)
        with m.If(self.first):
            m.d.sync += level.eq(-(1 << LEVEL_BITS - 1))
        with m.Elif(self.sample_end & (sample > level)):
            m.d.sync += level.eq(sample)
        return m
