"""Jacobian of the normalisation: from back-projected errors to errors of the latents."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS, LATENT_MAX, PROBABILITY_FRACTION
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.back_projection import back_bits
from lls_hw.gateware.local.inverse_norm import EXPONENT_BITS, MANTISSA_BITS
from lls_hw.gateware.local.multiplier import LATENCY, WideMultiplier
from lls_hw.gateware.local.projection import ALONG_BITS, COEFFICIENT_BITS
from lls_hw.gateware.local.shifter import Shifter
from lls_hw.gateware.saturate import saturated

__all__ = ["Jacobian"]


class Jacobian(wiring.Component):
    """``error = sat(((g - (u * coefficient >> exponent)) * mantissa) >> 15)``, g summed of groups.

    One group a cycle. With `u` and the tags in cycle t, `back` is taken at t + log2(lanes), and
    `error` is there at t + max(log2(lanes) + 1, 5) + 5.

    Parameters
    ----------
    config : engine configuration.

    Members
    -------
    u : latent. back : back-projection of one group onto it.
    first, last : first and last group of a latent. pad : the latent does not exist.
    cosine : `back` has BASIS_FRACTION fraction bits, which g drops, half up; stable.
    mantissa, exponent, coefficient : of the sample, stable.
    error, valid : error of the latent.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "u": In(signed(LATENT_BITS)),
                "back": In(signed(back_bits(config))),
                "first": In(1),
                "last": In(1),
                "pad": In(1),
                "cosine": In(1),
                "mantissa": In(MANTISSA_BITS),
                "exponent": In(EXPONENT_BITS),
                "coefficient": In(signed(COEFFICIENT_BITS)),
                "error": Out(signed(LATENT_BITS)),
                "valid": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        tree = ceil_log2(self._config.lanes)
        fine = self._config.basis_bits > 2
        width = ALONG_BITS + (2 if self._config.modulation_depth else 0)
        m.submodules.along = along = WideMultiplier(COEFFICIENT_BITS)
        m.submodules.shifter = shifter = Shifter(COEFFICIENT_BITS + 18, ALONG_BITS)
        m.submodules.scale = scale = WideMultiplier(width)
        back = Signal.like(self.back)
        rounded = Signal.like(self.back)
        difference = Signal(signed(width))
        scaled = Signal(signed(width + 2))
        along_latency = LATENCY + 2
        latency = max(tree + 1, along_latency)

        first = delay(m, self.first, tree, "first")
        g = delay(m, rounded, latency - tree - 1, "g")
        v = delay(m, shifter.o, latency - along_latency, "v")
        last = delay(m, self.last, latency + 1 + LATENCY, "last")
        pad = delay(m, self.pad, latency + 1 + LATENCY, "pad")
        m.d.comb += [
            along.a.eq(self.coefficient),
            along.b.eq(self.u),
            shifter.i.eq(along.o),
            shifter.amount.eq(self.exponent),
            scale.a.eq(difference),
            scale.b.eq(self.mantissa),
            scaled.eq(scale.o >> PROBABILITY_FRACTION),
        ]
        half = self.cosine << BASIS_FRACTION - 1 if fine else 0
        m.d.comb += rounded.eq(back)
        if fine:
            with m.If(self.cosine):
                m.d.comb += rounded.eq(back >> BASIS_FRACTION)
        m.d.sync += [
            back.eq(Mux(first, half, back) + self.back),
            difference.eq(g - v),
            self.valid.eq(last),
            self.error.eq(saturated(scaled, LATENT_MAX)),
        ]
        with m.If(pad):
            m.d.sync += self.error.eq(0)
        return m
