"""Mean and deviation of a channel's outputs."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import (
    FRACTION,
    MEAN_BITS,
    MEAN_MAX,
    MEMORY,
    SCALE_MAX,
    TARGET_FRACTION,
)
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS, SHIFT_MAX
from lls_hw.contract.latency import RAM_LATENCY, STATE_CYCLES
from lls_hw.gateware.channels.layouts import OutputState
from lls_hw.gateware.delay import delay
from lls_hw.gateware.saturate import saturated

__all__ = ["OutputStatistics", "scale_of"]


def scale_of(unit, act_shift):
    """Right shift of a channel's wide outputs, 0..SCALE_MAX."""
    scale = unit - act_shift
    return Mux(scale < 0, 0, Mux(scale > SCALE_MAX, SCALE_MAX, scale))


class OutputStatistics(wiring.Component):
    """`observe` and `settle` of `golden.normalisation.Normaliser`, a channel a cycle.

    With `x` and `settle` in cycle t, `old` is taken in cycle t + RAM_LATENCY, and `new` is there in
    cycle t + LATENCY.

    Members
    -------
    settle : the state settles; else the output `x` counts.
    down : bits by which an output is divided, of samples and memory. target : of the deviation.
    act_shift : activation shift of the batch. forget : memory shift of the next step.
    old, new : before and after.
    """

    LATENCY = STATE_CYCLES

    settle: In(1)
    x: In(signed(ACT_BITS))
    down: In(range(FRACTION + 1))
    target: In(FIELDS["channel_target"])
    act_shift: In(range(SHIFT_MAX + 1))
    forget: In(range(MEMORY + 1))
    old: In(OutputState)
    new: Out(OutputState)

    def elaborate(self, platform):
        m = Module()
        settle = delay(m, self.settle, RAM_LATENCY, "settle")
        magnitude = Mux(self.x < 0, -self.x, self.x)[: ACT_BITS - 1]
        gain = delay(m, (self.x << FRACTION) >> self.down, RAM_LATENCY, "gain")
        size = delay(m, (magnitude << FRACTION) >> self.down, RAM_LATENCY, "size")

        unit_bits = FRACTION - TARGET_FRACTION
        most = (self.target << unit_bits) + (self.target << unit_bits - 1)
        most += self.target << unit_bits - 3
        least = (self.target << unit_bits - 1) + (self.target << unit_bits - 3)
        up, down, settling = Signal(), Signal(), Signal()
        scale, held = Signal(range(SCALE_MAX + 1)), Signal(OutputState)
        mean, deviation = Signal(signed(MEAN_BITS)), Signal.like(self.old.deviation)
        m.d.comb += [
            mean.eq(self.old.mean + Mux(settle, 0, gain)),
            deviation.eq(self.old.deviation + Mux(settle, 0, size)),
        ]
        m.d.sync += [
            held.mean.eq(mean),
            held.deviation.eq(deviation),
            held.unit.eq(self.old.unit),
            scale.eq(scale_of(self.old.unit, self.act_shift)),
            up.eq(self.old.deviation > most),
            down.eq(self.old.deviation < least),
            settling.eq(settle),
        ]

        larger, smaller = Signal(), Signal()
        changed = Signal(OutputState)
        wide = Signal(signed(MEAN_BITS + 1))
        m.d.comb += [
            larger.eq(settling & up & (scale != SCALE_MAX)),
            smaller.eq(settling & down & (scale != 0)),
        ]
        m.d.sync += [
            wide.eq(Mux(larger, held.mean >> 1, Mux(smaller, held.mean << 1, held.mean))),
            changed.deviation.eq(
                Mux(
                    larger,
                    held.deviation >> 1,
                    Mux(smaller, held.deviation << 1, held.deviation),
                )
            ),
            changed.unit.eq(Mux(settling, self.act_shift + scale + larger - smaller, held.unit)),
        ]

        settled = delay(m, settling, 1, "settling")
        forgotten = Mux(settled, changed.deviation >> self.forget, 0)
        m.d.sync += [
            self.new.mean.eq(Mux(settled, saturated(wide, MEAN_MAX), wide)),
            self.new.deviation.eq(changed.deviation - forgotten),
            self.new.unit.eq(changed.unit),
        ]
        return m
