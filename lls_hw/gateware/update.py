"""Weight update of one column: shift, stochastic rounding, saturation."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.formats import NOISE_BITS, PSUM_BITS, UPDATE_SHIFT_MAX, WEIGHT_BITS, WEIGHT_MAX

__all__ = ["Update"]


class Update(wiring.Component):
    """weight - round(gradient / 2**shift), as `golden.integer.update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + 2, `weight` in
    cycle t + 3, and `result` is there in cycle t + 5.
    """

    gradient: In(signed(PSUM_BITS))
    shift: In(range(UPDATE_SHIFT_MAX + 1))
    noise: In(NOISE_BITS)
    weight: In(signed(WEIGHT_BITS))
    result: Out(signed(WEIGHT_BITS))

    def elaborate(self, platform):
        m = Module()
        wide = signed(PSUM_BITS + NOISE_BITS)
        fine, coarse = Signal(wide), Signal(wide)
        step = Signal(signed(PSUM_BITS + 1))
        difference = Signal(signed(PSUM_BITS + 2))
        m.d.sync += [
            fine.eq((self.gradient << NOISE_BITS) >> self.shift[:3]),
            coarse.eq(fine >> (self.shift[3:] << 3)),
            step.eq((coarse + self.noise) >> NOISE_BITS),
            difference.eq(self.weight - step),
        ]
        with m.If(difference > WEIGHT_MAX):
            m.d.sync += self.result.eq(WEIGHT_MAX)
        with m.Elif(difference < -WEIGHT_MAX):
            m.d.sync += self.result.eq(-WEIGHT_MAX)
        with m.Else():
            m.d.sync += self.result.eq(difference)
        return m
