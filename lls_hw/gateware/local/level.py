"""Level of a batch: the largest error of any sample, relative to its exponent."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import ERROR_MAX, LATENT_BITS
from lls_hw.gateware.scale import EXPONENT_BITS, LEVEL_BITS

__all__ = ["Level"]


class Level(wiring.Component):
    """Maximum over samples of max(bits of the largest error, 7) - exponent.

    Errors are taken by their one's complement magnitude, as in `golden.integer.error_shifts`.
    `finish` at least 2 cycles after a sample's last error; `level` includes it a cycle later.

    Members
    -------
    error, valid : an error of the sample. exponent : of the sample, taken with `finish`.
    clear : before the first sample. finish : end of a sample.
    """

    error: In(signed(LATENT_BITS))
    valid: In(1)
    exponent: In(EXPONENT_BITS)
    clear: In(1)
    finish: In(1)
    level: Out(signed(LEVEL_BITS))

    def elaborate(self, platform):
        m = Module()
        bits = LATENT_BITS - 1
        least = ERROR_MAX.bit_length()
        magnitude = Signal(bits)
        length = Signal(range(bits + 1))
        sample = Signal(signed(LEVEL_BITS))
        m.d.sync += length.eq(least)
        for k in range(least, bits):
            with m.If(magnitude[k]):
                m.d.sync += length.eq(k + 1)
        with m.If(self.finish):
            m.d.sync += magnitude.eq(0)
        with m.Elif(self.valid):
            m.d.sync += magnitude.eq(
                magnitude | (self.error[:bits] ^ self.error[-1].replicate(bits))
            )
        m.d.comb += sample.eq(length - self.exponent)
        with m.If(self.clear):
            m.d.sync += self.level.eq(-(1 << LEVEL_BITS - 1))
        with m.Elif(self.finish & (sample > self.level)):
            m.d.sync += self.level.eq(sample)
        return m
