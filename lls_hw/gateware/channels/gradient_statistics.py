"""Size of a channel's gradient."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import MEMORY, POWER_FRACTION, POWER_SPAN, SIZE_MAX
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
    down : bits by which a power is divided, of samples and memory. target : of the power.
    forget : memory shift of this step; in step 0, with 0, no size changes.
    old, new : before and after.
    """

    LATENCY = STATE_CYCLES

    settle: In(1)
    gradient: In(signed(PSUM_BITS))
    down: In(range(POWER_FRACTION + 1))
    target: In(FIELDS["channel_target"])
    forget: In(range(MEMORY + 1))
    old: In(GradientState)
    new: Out(GradientState)

    def elaborate(self, platform):
        m = Module()
        settle = delay(m, self.settle, RAM_LATENCY, "settle")
        magnitude = Signal(PSUM_BITS - 1)
        length = Signal(range(PSUM_BITS))
        m.d.comb += magnitude.eq(Mux(self.gradient < 0, ~self.gradient, self.gradient))
        m.d.sync += length.eq(0)
        for bit in range(len(magnitude)):
            with m.If(magnitude[bit]):
                m.d.sync += length.eq(bit + 1)
        length = delay(m, length, RAM_LATENCY - 1, "length")

        most = (self.target << POWER_FRACTION + 1) + (self.target << POWER_FRACTION - 2)
        least = (self.target << POWER_FRACTION - 2) + (self.target << POWER_FRACTION - 3)
        least += self.target << POWER_FRACTION - 4
        exponent = Signal(signed(len(self.old.size) + 2))
        above, counts, up, down, settling = Signal(range(6)), Signal(), Signal(), Signal(), Signal()
        held = Signal(GradientState)
        m.d.comb += exponent.eq(length - self.old.size)
        m.d.sync += [
            held.eq(self.old),
            above.eq(Mux(exponent > _HIGHEST, _HIGHEST - _LOWEST, exponent - _LOWEST)),
            counts.eq((length != 0) & (exponent >= _LOWEST) & ~settle),
            up.eq((self.old.power > most) & (self.old.size != SIZE_MAX)),
            down.eq((self.old.power < least) & (self.old.size != 0)),
            settling.eq(settle),
        ]

        place = Signal(range(len(self.old.power)))
        larger, smaller = Signal(), Signal()
        changed = Signal(GradientState)
        m.d.comb += [
            place.eq((above << 1) + POWER_FRACTION - self.down),
            larger.eq(settling & up & self.forget.any()),
            smaller.eq(settling & down & self.forget.any()),
        ]
        m.d.sync += [
            changed.size.eq(held.size + larger - smaller),
            changed.power.eq(held.power + Mux(counts, 1 << place, 0)),
        ]
        with m.If(larger):
            m.d.sync += changed.power.eq(held.power >> 2)
        with m.If(smaller):
            m.d.sync += changed.power.eq(held.power << 2)

        settled = delay(m, settling, 1, "settling")
        m.d.sync += [
            self.new.size.eq(changed.size),
            self.new.power.eq(changed.power - Mux(settled, changed.power >> self.forget, 0)),
        ]
        return m
