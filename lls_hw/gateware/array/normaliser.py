"""Normaliser of one column: mean and scale of its channel."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.channels import SCALE_MAX, WIDE_BITS
from lls_hw.contract.formats import ACT_BITS, ACT_MAX
from lls_hw.contract.latency import NORMALISE_LATENCY
from lls_hw.gateware.channels.layouts import HALF_MEAN_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.saturate import saturated

__all__ = ["Normaliser"]


class Normaliser(wiring.Component):
    """x = sat8(round(v * 2**-scale - mean)), as `golden.normalisation.normalise`; one a cycle.

    `x` follows `v` by LATENCY cycles. `scale` and `mean` are taken SCALE_AT cycles after `v`.

    Members
    -------
    v : wide output. scale, mean : of the channel; the mean has one fraction bit.
    """

    LATENCY = NORMALISE_LATENCY
    SCALE_AT = 2

    v: In(signed(WIDE_BITS))
    scale: In(range(SCALE_MAX + 1))
    mean: In(signed(HALF_MEAN_BITS))
    x: Out(signed(ACT_BITS))

    def elaborate(self, platform):
        m = Module()
        v = delay(m, self.v, self.SCALE_AT, "v")
        scaled, mean = Signal(signed(WIDE_BITS + 1)), Signal.like(self.mean)
        centred = (scaled - mean + 1) >> 1
        m.d.sync += [
            scaled.eq((v << 1) >> self.scale),
            mean.eq(self.mean),
            self.x.eq(saturated(centred, ACT_MAX)),
        ]
        return m
