"""Weight update of one column: shift, stochastic rounding, saturation."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS, PSUM_BITS, UPDATE_SHIFT_MAX, WEIGHT_BITS, WEIGHT_MAX
from lls_hw.gateware.saturate import saturated

__all__ = ["Update", "scaled_gradient"]


class Update(wiring.Component):
    """weight - round(gradient / 2**shift), as `golden.integer.update`.

    One weight a cycle. With `gradient` in cycle t: `noise` is taken in cycle t + 2, `weight` in
    cycle t + 3, and `result` is there in cycle t + 5.
    """

    LATENCY = 5
    """Cycles from a gradient, and the read of its weight, to the result."""

    gradient: In(signed(PSUM_BITS))
    shift: In(range(UPDATE_SHIFT_MAX + 1))
    noise: In(NOISE_BITS)
    weight: In(signed(WEIGHT_BITS))
    result: Out(signed(WEIGHT_BITS))

    def elaborate(self, platform):
        m = Module()
        scaled = scaled_gradient(m, self.gradient, self.shift)
        step = Signal(signed(PSUM_BITS + 1))
        difference = Signal(signed(PSUM_BITS + 2))
        m.d.sync += [
            step.eq((scaled + self.noise) >> NOISE_BITS),
            difference.eq(self.weight - step),
            self.result.eq(saturated(difference, WEIGHT_MAX)),
        ]
        return m


def scaled_gradient(m, gradient, shift):
    """gradient * 2**-shift with NOISE_BITS fraction bits, rounded down, after 2 cycles."""
    fine, coarse = (
        Signal(signed(PSUM_BITS + NOISE_BITS), name=name) for name in ("fine", "coarse")
    )
    m.d.sync += [
        fine.eq((gradient << NOISE_BITS) >> shift[:3]),
        coarse.eq(fine >> (shift[3:] << 3)),
    ]
    return coarse
