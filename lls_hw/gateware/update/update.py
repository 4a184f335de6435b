"""Weight update of one column: stochastic rounding, saturation."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import (
    MOMENTUM_SHIFT_MAX,
    NOISE_BITS,
    PSUM_BITS,
    UPDATE_SHIFT_MAX,
    WEIGHT_MAX,
)
from lls_hw.contract.latency import SCALED_GRADIENT_LATENCY, UPDATE_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import WeightChange, WeightStore
from lls_hw.gateware.saturate import saturated
from lls_hw.gateware.update.scaled_gradient import ScaledGradient

__all__ = ["Update", "UpdateSettings"]


class UpdateSettings(data.Struct):
    """Stable during an operation."""

    shift: range(UPDATE_SHIFT_MAX + 1)
    """Right shift from a gradient to a step."""
    momentum_shift: range(MOMENTUM_SHIFT_MAX + 1)
    """Momentum is 1 - 2**-momentum_shift."""


class Update(wiring.Component):
    """weight - round(gradient / 2**shift), as `golden.integer.update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + NOISE_AT, the
    old word in cycle t + WORD_AT, and the new word is there in cycle t + LATENCY.

    Members
    -------
    gradient : sum of the array. settings : `momentum_shift` has no meaning here.
    noise : fraction that is added before rounding down. change : the weight.
    """

    NOISE_AT = SCALED_GRADIENT_LATENCY
    WORD_AT = WeightStore.LATENCY
    LATENCY = UPDATE_LATENCY

    gradient: In(signed(PSUM_BITS))
    settings: In(UpdateSettings)
    noise: In(NOISE_BITS)
    change: Out(WeightChange(momentum=False))

    def elaborate(self, platform):
        m = Module()
        m.submodules.scaled = scaled = ScaledGradient()
        step = Signal(signed(PSUM_BITS + 1))
        difference = Signal(signed(PSUM_BITS + 2))
        rounded_at = self.NOISE_AT + 1
        m.d.comb += [scaled.gradient.eq(self.gradient), scaled.shift.eq(self.settings.shift)]
        m.d.sync += [
            step.eq((scaled.o + self.noise) >> NOISE_BITS),
            difference.eq(
                self.change.old.weight - delay(m, step, self.WORD_AT - rounded_at, "step")
            ),
            self.change.new.weight.eq(saturated(difference, WEIGHT_MAX)),
        ]
        return m
