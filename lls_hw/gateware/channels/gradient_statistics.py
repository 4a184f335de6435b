"""Size of a channel's gradient."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import (
    FRACTION,
    MEMORY,
    POWER_BITS,
    POWER_SPAN,
    SAMPLES,
    SIZE_MAX,
)
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import PSUM_BITS
from lls_hw.contract.latency import RAM_LATENCY, STATE_CYCLES
from lls_hw.gateware.channels.layouts import GradientState
from lls_hw.gateware.delay import delay

__all__ = ["GradientStatistics"]

_LOWEST, _HIGHEST = POWER_SPAN


class GradientStatistics(wiring.Component):
    """`observe` and `settle` of `golden.channel_step.GradientSize`, a channel a cycle.

    With `gradient` and `settle` in cycle t, `old` is taken in cycle t + RAM_LATENCY, and `new` is
    there in cycle t + LATENCY.

    Members
    -------
    settle : the state settles; else `gradient` counts.
    down : bits by which the powers of a step are divided. target : of the power.
    old, new : before and after.
    """

    LATENCY = STATE_CYCLES

    settle: In(1)
    gradient: In(signed(PSUM_BITS))
    down: In(range(SAMPLES + 1))
    target: In(FIELDS["channel_target"])
    old: In(GradientState)
    new: Out(GradientState)

    def elaborate(self, platform):
        m = Module()
        old, held, changed = self.old, Signal(GradientState), Signal(GradientState)
        settle = delay(m, self.settle, RAM_LATENCY, "settle")
        magnitude, length = Signal(PSUM_BITS - 1), Signal(range(PSUM_BITS))
        m.d.comb += magnitude.eq(Mux(self.gradient < 0, ~self.gradient, self.gradient))
        m.d.sync += length.eq(0)
        for bit in range(len(magnitude)):
            with m.If(magnitude[bit]):
                m.d.sync += length.eq(bit + 1)
        length = delay(m, length, RAM_LATENCY - 1, "length")

        exponent, above, counts = (
            Signal(signed(len(old.size) + 2)), Signal(range(_HIGHEST - _LOWEST + 1)), Signal(),
        )  # fmt: skip
        up, down, settling, found = Signal(), Signal(), Signal(), Signal()
        power, most = old.power[FRACTION - 1 :], Signal(len(self.target) + 3)
        m.d.comb += exponent.eq(length - old.size)
        m.d.sync += [
            most.eq((self.target << 2) + self.target),  # 2.5 times, in halves
            held.eq(old),
            above.eq(Mux(exponent > _HIGHEST, _HIGHEST - _LOWEST, exponent - _LOWEST)),
            counts.eq((length != 0) & (exponent >= _LOWEST) & ~settle),
            settling.eq(settle),
            found.eq((length != 0) & ~settle),
            up.eq(settle & (power >= most) & (old.size < SIZE_MAX)),
            down.eq(settle & (power < self.target) & (old.size > 0)),
        ]

        place = Signal(range(POWER_BITS))
        gain, divided = Signal(POWER_BITS), Signal.like(self.down)
        m.d.comb += place.eq((above << 1) + SAMPLES - divided)
        m.d.sync += [
            divided.eq(self.down),
            gain.eq(Mux(counts, 1 << place, 0)),
            changed.size.eq(held.size + up - down),
            changed.seen.eq(held.seen | found),
            changed.power.eq(Mux(up, held.power >> 2, Mux(down, held.power << 2, held.power))),
        ]
        settled = delay(m, settling, 1, "settling")
        forgotten = Mux(changed.seen, changed.power >> MEMORY, 0)
        m.d.sync += [
            self.new.size.eq(changed.size),
            self.new.seen.eq(changed.seen & ~settled),
            self.new.power.eq(changed.power + Mux(settled, -forgotten, gain)),
        ]
        return m
