"""Error expander of one column: from stored errors to the array's second operand."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.formats import ERROR_MAX, LATENT_BITS, OPERAND_BITS, SHIFT_MAX, SLOPE_SHIFT
from lls_hw.contract.latency import EXPANDER_LATENCY
from lls_hw.gateware.saturate import saturated

__all__ = ["Expander"]


class Expander(wiring.Component):
    """delta = sat8(round(M / 2**shift)) times 8, or times 1 where the output was negative.

    `golden.integer.delta` is the definition. `v` follows `m` and `shift` by LATENCY cycles,
    `negative` by NEGATIVE_LATENCY; one error a cycle.
    """

    LATENCY = EXPANDER_LATENCY
    NEGATIVE_LATENCY = 1

    m: In(signed(LATENT_BITS))
    shift: In(range(SHIFT_MAX + 1))
    negative: In(1)
    v: Out(signed(OPERAND_BITS))

    def elaborate(self, platform):
        m = Module()
        shifted = Signal(signed(LATENT_BITS + 1))
        rounded = Signal(signed(LATENT_BITS + 1))
        error = Signal(signed(8))
        m.d.sync += [
            shifted.eq((self.m << 1) >> self.shift),
            self.v.eq(Mux(self.negative, error, error << SLOPE_SHIFT)),
        ]
        m.d.comb += [rounded.eq((shifted + 1) >> 1), error.eq(saturated(rounded, ERROR_MAX))]
        return m
