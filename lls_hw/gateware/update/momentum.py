"""Weight update of one column with momentum."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    NOISE_BITS,
    PSUM_BITS,
    VELOCITY_BITS,
    VELOCITY_MAX,
    WEIGHT_BITS,
    WEIGHT_MAX,
)
from lls_hw.contract.latency import MOMENTUM_UPDATE_LATENCY, SCALED_GRADIENT_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import WeightChange, WeightStore
from lls_hw.gateware.saturate import saturated
from lls_hw.gateware.update.scaled_gradient import ScaledGradient
from lls_hw.gateware.update.update import Update, UpdateSettings

__all__ = ["MomentumUpdate", "update_unit"]


class MomentumUpdate(wiring.Component):
    """Weights and velocities after a step, as `golden.integer.momentum_update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + NOISE_AT, the
    old word in cycle t + WORD_AT, and the new word is there in cycle t + LATENCY.

    Members
    -------
    gradient : sum of the array. settings : shifts of gradient and momentum.
    noise : fraction that is added before rounding down. change : weight and velocity.
    """

    NOISE_AT = SCALED_GRADIENT_LATENCY
    WORD_AT = WeightStore.LATENCY
    LATENCY = MOMENTUM_UPDATE_LATENCY

    gradient: In(signed(PSUM_BITS))
    settings: In(UpdateSettings)
    noise: In(NOISE_BITS)
    change: Out(WeightChange(momentum=True))

    def elaborate(self, platform):
        m = Module()
        m.submodules.scaled = scaled = ScaledGradient()
        old, new = self.change.old, self.change.new
        decayed = Signal(signed(VELOCITY_BITS + 1))
        velocity = Signal(signed(PSUM_BITS + NOISE_BITS + 1))
        kept = Signal(signed(VELOCITY_BITS))
        step = Signal(signed(PSUM_BITS + 2))
        difference = Signal(signed(PSUM_BITS + 3))
        result = Signal(signed(WEIGHT_BITS))
        # When each register has its value, counted from the gradient.
        decayed_at = self.WORD_AT + 1
        velocity_at = decayed_at + 1
        step_at = kept_at = velocity_at + 1
        gradient = delay(m, scaled.o, decayed_at - scaled.LATENCY, "gradient")
        noise = delay(m, self.noise, velocity_at - self.NOISE_AT, "noise")
        weight = delay(m, old.weight, step_at - self.WORD_AT, "weight")
        m.d.comb += [
            scaled.gradient.eq(self.gradient),
            scaled.shift.eq(self.settings.shift),
            new.weight.eq(result),
            new.velocity.eq(delay(m, kept, self.LATENCY - kept_at, "kept")),
        ]
        m.d.sync += [
            decayed.eq(old.velocity - (old.velocity >> self.settings.momentum_shift)),
            velocity.eq(decayed + gradient),
            kept.eq(saturated(velocity, VELOCITY_MAX)),
            step.eq((velocity + noise) >> NOISE_BITS),
            difference.eq(weight - step),
            result.eq(saturated(difference, WEIGHT_MAX)),
        ]
        return m


def update_unit(config: Config) -> type[Update] | type[MomentumUpdate]:
    """The weight update that an engine is built with."""
    return MomentumUpdate if config.momentum else Update
