"""Weight update of one column: stochastic rounding, saturation."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS, PSUM_BITS, UPDATE_SHIFT_MAX, WEIGHT_BITS, WEIGHT_MAX
from lls_hw.contract.latency import BANKED_RAM_LATENCY, SCALED_GRADIENT_LATENCY, UPDATE_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.saturate import saturated
from lls_hw.gateware.update.scaled_gradient import ScaledGradient

__all__ = ["Update"]


class Update(wiring.Component):
    """weight - round(gradient / 2**shift), as `golden.integer.update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + NOISE_AT,
    `weight` in cycle t + WEIGHT_AT, and `result` is there in cycle t + LATENCY.

    Members
    -------
    gradient, shift : sum of the array, and its right shift.
    noise : fraction that is added before rounding down.
    weight, result : before and after.
    """

    NOISE_AT = SCALED_GRADIENT_LATENCY
    WEIGHT_AT = BANKED_RAM_LATENCY
    LATENCY = UPDATE_LATENCY

    gradient: In(signed(PSUM_BITS))
    shift: In(range(UPDATE_SHIFT_MAX + 1))
    noise: In(NOISE_BITS)
    weight: In(signed(WEIGHT_BITS))
    result: Out(signed(WEIGHT_BITS))

    def elaborate(self, platform):
        m = Module()
        m.submodules.scaled = scaled = ScaledGradient()
        step = Signal(signed(PSUM_BITS + 1))
        difference = Signal(signed(PSUM_BITS + 2))
        step_at = self.NOISE_AT + 1
        m.d.comb += [scaled.gradient.eq(self.gradient), scaled.shift.eq(self.shift)]
        m.d.sync += [
            step.eq((scaled.o + self.noise) >> NOISE_BITS),
            difference.eq(self.weight - delay(m, step, self.WEIGHT_AT - step_at, "step")),
            self.result.eq(saturated(difference, WEIGHT_MAX)),
        ]
        return m
