"""Weight update of one column with momentum."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    MOMENTUM_SHIFT_MAX,
    NOISE_BITS,
    PSUM_BITS,
    UPDATE_SHIFT_MAX,
    VELOCITY_BITS,
    VELOCITY_MAX,
    WEIGHT_BITS,
    WEIGHT_MAX,
)
from lls_hw.contract.latency import (
    BANKED_RAM_LATENCY,
    MOMENTUM_UPDATE_LATENCY,
    SCALED_GRADIENT_LATENCY,
)
from lls_hw.gateware.delay import delay
from lls_hw.gateware.saturate import saturated
from lls_hw.gateware.update.scaled_gradient import ScaledGradient
from lls_hw.gateware.update.update import Update

__all__ = ["MomentumUpdate", "update_unit"]


class MomentumUpdate(wiring.Component):
    """Weights and velocities after a step, as `golden.integer.momentum_update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + NOISE_AT,
    `weight` and `velocity` in cycle t + WEIGHT_AT, and `result` and `kept` are there in cycle
    t + LATENCY.

    Members
    -------
    gradient, shift : sum of the array, and its right shift.
    momentum_shift : momentum is 1 - 2**-momentum_shift; stable.
    noise : fraction that is added before rounding down.
    weight, velocity, result, kept : before and after; `kept` is the new velocity.
    """

    NOISE_AT = SCALED_GRADIENT_LATENCY
    WEIGHT_AT = BANKED_RAM_LATENCY
    LATENCY = MOMENTUM_UPDATE_LATENCY

    gradient: In(signed(PSUM_BITS))
    shift: In(range(UPDATE_SHIFT_MAX + 1))
    momentum_shift: In(range(MOMENTUM_SHIFT_MAX + 1))
    noise: In(NOISE_BITS)
    weight: In(signed(WEIGHT_BITS))
    velocity: In(signed(VELOCITY_BITS))
    result: Out(signed(WEIGHT_BITS))
    kept: Out(signed(VELOCITY_BITS))

    def elaborate(self, platform):
        m = Module()
        m.submodules.scaled = scaled = ScaledGradient()
        decayed = Signal(signed(VELOCITY_BITS + 1))
        velocity = Signal(signed(PSUM_BITS + NOISE_BITS + 1))
        kept = Signal(signed(VELOCITY_BITS))
        step = Signal(signed(PSUM_BITS + 2))
        difference = Signal(signed(PSUM_BITS + 3))
        # When a register has its value, counted from the gradient.
        decayed_at = self.WEIGHT_AT + 1
        velocity_at = decayed_at + 1
        step_at = kept_at = velocity_at + 1
        gradient = delay(m, scaled.o, decayed_at - scaled.LATENCY, "gradient")
        noise = delay(m, self.noise, velocity_at - self.NOISE_AT, "noise")
        weight = delay(m, self.weight, step_at - self.WEIGHT_AT, "weight")
        m.d.comb += [
            scaled.gradient.eq(self.gradient),
            scaled.shift.eq(self.shift),
            self.kept.eq(delay(m, kept, self.LATENCY - kept_at, "kept")),
        ]
        m.d.sync += [
            decayed.eq(self.velocity - (self.velocity >> self.momentum_shift)),
            velocity.eq(decayed + gradient),
            kept.eq(saturated(velocity, VELOCITY_MAX)),
            step.eq((velocity + noise) >> NOISE_BITS),
            difference.eq(weight - step),
            self.result.eq(saturated(difference, WEIGHT_MAX)),
        ]
        return m


def update_unit(config: Config) -> type[Update] | type[MomentumUpdate]:
    """The weight update that an engine is built with."""
    return MomentumUpdate if config.momentum else Update
