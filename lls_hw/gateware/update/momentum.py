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
from lls_hw.gateware.delay import delay
from lls_hw.gateware.saturate import saturated
from lls_hw.gateware.update.update import Update, scaled_gradient

__all__ = ["MomentumUpdate", "update_unit"]


class MomentumUpdate(wiring.Component):
    """Weights and velocities after a step, as `golden.integer.momentum_update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + 2, `weight` and
    `velocity` in cycle t + 3, and `result` and `kept`, the new velocity, are there in cycle t + 8.
    """

    LATENCY = 8
    """Cycles from a gradient, and the read of its weight, to the result."""

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
        scaled = scaled_gradient(m, self.gradient, self.shift)
        decayed = Signal(signed(VELOCITY_BITS + 1))
        velocity = Signal(signed(PSUM_BITS + NOISE_BITS + 1))
        step = Signal(signed(PSUM_BITS + 2))
        difference = Signal(signed(PSUM_BITS + 3))
        kept = Signal(signed(VELOCITY_BITS))
        m.d.sync += [
            decayed.eq(self.velocity - (self.velocity >> self.momentum_shift)),
            velocity.eq(decayed + delay(m, scaled, 2, "scaled")),
            step.eq((velocity + delay(m, self.noise, 3, "noise")) >> NOISE_BITS),
            difference.eq(delay(m, self.weight, 3, "weight") - step),
            self.result.eq(saturated(difference, WEIGHT_MAX)),
            kept.eq(saturated(velocity, VELOCITY_MAX)),
        ]
        m.d.comb += self.kept.eq(delay(m, kept, 2, "kept"))
        return m


def update_unit(config: Config) -> type[Update] | type[MomentumUpdate]:
    """The weight update that an engine is built with."""
    return MomentumUpdate if config.momentum else Update
