"""Mean and deviation of a channel's outputs."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import (
    FRACTION,
    MEAN_BITS,
    MEAN_MAX,
    MEMORY,
    SAMPLES,
    SCALE_MAX,
    TARGET_FRACTION,
)
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS, SHIFT_MAX
from lls_hw.contract.latency import RAM_LATENCY, STATE_CYCLES
from lls_hw.gateware.arithmetic.signed_add import SignedAdd
from lls_hw.gateware.channels.layouts import OutputState
from lls_hw.gateware.delay import delay
from lls_hw.gateware.saturate import saturated

__all__ = ["OutputStatistics"]


TARGET_AT = FRACTION - TARGET_FRACTION
"""Lowest bit of a deviation that is compared with the target."""
LARGE_MEAN_AT = MEAN_MAX.bit_length() - 1
"""Bit of a mean's magnitude from which on the unit must not become smaller."""


class OutputStatistics(wiring.Component):
    """`observe` and `settle` of `golden.normalisation.Normaliser`, a channel a cycle.

    With `x` and `settle` in cycle t, `old` is taken in cycle t + RAM_LATENCY, and `new` is there in
    cycle t + LATENCY.

    Members
    -------
    settle : the state settles; else the output `x` counts.
    down : bits by which the outputs of a step are divided. target : of the deviation.
    act_shift : activation shift of the batch.
    old, new : before and after.
    """

    LATENCY = STATE_CYCLES

    settle: In(1)
    x: In(signed(ACT_BITS))
    down: In(range(SAMPLES + 1))
    target: In(FIELDS["channel_target"])
    act_shift: In(range(SHIFT_MAX + 1))
    old: In(OutputState)
    new: Out(OutputState)

    def elaborate(self, platform):
        m = Module()
        old, held, changed = self.old, Signal(OutputState), Signal(OutputState)
        settle = delay(m, self.settle, RAM_LATENCY, "settle")
        size = Mux(self.x < 0, -self.x, self.x)[: ACT_BITS - 1]
        size = delay(m, Mux(self.settle, 0, size), RAM_LATENCY - 1, "size")
        size = delay(m, (size << SAMPLES) >> self.down, 1, "scaled_size")
        m.submodules.mean = mean = SignedAdd(MEAN_BITS)
        m.d.comb += [
            mean.a.eq(old.mean),
            mean.b.eq(size),
            mean.negate.eq(delay(m, self.x < 0, RAM_LATENCY, "negative")),
            mean.enable.eq(1),
        ]

        most = Signal(len(self.target) + 1)
        deviation, target = old.deviation[TARGET_AT:], self.target
        up, down, settling = Signal(), Signal(), Signal()
        sign = old.mean[-1]
        small = (old.mean ^ sign.replicate(MEAN_BITS))[LARGE_MEAN_AT:-1] == 0
        m.d.sync += [
            most.eq(target + (target >> 1)),
            held.mean.eq(mean.o),
            held.deviation.eq(old.deviation + size),
            held.unit.eq(old.unit),
            settling.eq(settle),
            up.eq(settle & (deviation >= most) & (old.unit < self.act_shift + SCALE_MAX)),
            down.eq(settle & (deviation < target >> 1) & (old.unit > self.act_shift) & small),
        ]
        m.d.sync += [
            changed.unit.eq(held.unit + up - down),
            changed.mean.eq(Mux(up, held.mean >> 1, Mux(down, held.mean << 1, held.mean))),
            changed.deviation.eq(
                Mux(up, held.deviation >> 1, Mux(down, held.deviation << 1, held.deviation))
            ),
        ]
        settled = delay(m, settling, 1, "settling")
        forgotten = Mux(settled, changed.deviation >> MEMORY, 0)
        m.d.sync += [
            self.new.mean.eq(Mux(settled, saturated(changed.mean, MEAN_MAX), changed.mean)),
            self.new.deviation.eq(changed.deviation - forgotten),
            self.new.unit.eq(changed.unit),
        ]
        return m
