"""Scaling of a weight gradient, in two shifts."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import NOISE_BITS, PSUM_BITS, UPDATE_SHIFT_MAX
from lls_hw.contract.latency import SCALED_GRADIENT_LATENCY

__all__ = ["ScaledGradient"]

_FINE_BITS = 3
"""Of the shift's bits, as many go into the first of two shifters."""


class ScaledGradient(wiring.Component):
    """gradient * 2**-shift with NOISE_BITS fraction bits, rounded down.

    `o` follows `gradient` and its `shift` by LATENCY cycles; one gradient a cycle.
    """

    LATENCY = SCALED_GRADIENT_LATENCY

    gradient: In(signed(PSUM_BITS))
    shift: In(range(UPDATE_SHIFT_MAX + 1))
    o: Out(signed(PSUM_BITS + NOISE_BITS))

    def elaborate(self, platform):
        m = Module()
        fine, coarse = Signal.like(self.o), Signal.like(self.shift[_FINE_BITS:])
        m.d.sync += [
            fine.eq((self.gradient << NOISE_BITS) >> self.shift[:_FINE_BITS]),
            coarse.eq(self.shift[_FINE_BITS:]),
            self.o.eq(fine >> (coarse << _FINE_BITS)),
        ]
        return m
