"""Jacobian of the normalisation: from back-projected errors to errors of the latents."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS, LATENT_MAX, PROBABILITY_FRACTION
from lls_hw.contract.latency_local import DIFFERENCE_LATENCY, MULTIPLIER_LATENCY, TREE_SUM_LATENCY
from lls_hw.contract.timing_local import ALONG_CYCLES, difference_cycles, tree_cycles
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.multiplier import FACTOR_BITS, WideMultiplier
from lls_hw.gateware.local.ports import JACOBIAN_LAYOUT
from lls_hw.gateware.local.shifter import Shifter
from lls_hw.gateware.local.widths import ALONG_BITS, COEFFICIENT_BITS, back_bits
from lls_hw.gateware.saturate import saturated

__all__ = ["Jacobian"]


class Jacobian(wiring.Component):
    """``error = sat(((g - (u * coefficient >> exponent)) * mantissa) >> 15)``, g summed of groups.

    One group a cycle. With `latent` and the tags in cycle t, `back` is taken at t +
    `timing_local.tree_cycles`, and `error` is there at t + `timing_local.jacobian_cycles`.

    Parameters
    ----------
    config : engine configuration.

    Members
    -------
    latent : u. back : back-projection of one group onto it.
    first, last : first and last group of a latent. pad : the latent does not exist.
    cosine : `back` has BASIS_FRACTION fraction bits, which g drops, half up; stable.
    sample : norm of the sample and coefficient of its latents, stable.
    error, valid : error of the latent.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "latent": In(signed(LATENT_BITS)),
                "back": In(signed(back_bits(config))),
                "first": In(1),
                "last": In(1),
                "pad": In(1),
                "cosine": In(1),
                "sample": In(JACOBIAN_LAYOUT),
                "error": Out(signed(LATENT_BITS)),
                "valid": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        tree, operands = tree_cycles(self._config), difference_cycles(self._config)
        scaled_at = operands + DIFFERENCE_LATENCY + MULTIPLIER_LATENCY
        fine = self._config.basis_bits > 2
        width = ALONG_BITS + (2 if self._config.modulation_depth else 0)
        m.submodules.along = along = WideMultiplier(COEFFICIENT_BITS)
        m.submodules.shifter = shifter = Shifter(COEFFICIENT_BITS + FACTOR_BITS, ALONG_BITS)
        m.submodules.scale = scale = WideMultiplier(width)
        back, rounded = Signal.like(self.back), Signal.like(self.back)
        difference = Signal(signed(width))
        scaled = Signal(signed(width + 2))

        first = delay(m, self.first, tree, "first")
        g = delay(m, rounded, operands - tree - TREE_SUM_LATENCY, "g")
        v = delay(m, shifter.o, operands - ALONG_CYCLES, "v")
        last = delay(m, self.last, scaled_at, "last")
        pad = delay(m, self.pad, scaled_at, "pad")
        half = self.cosine << BASIS_FRACTION - 1 if fine else 0
        m.d.comb += [
            along.a.eq(self.sample.coefficient),
            along.b.eq(self.latent),
            shifter.i.eq(along.o),
            shifter.amount.eq(self.sample.norm.exponent),
            scale.a.eq(difference),
            scale.b.eq(self.sample.norm.mantissa),
            scaled.eq(scale.o >> PROBABILITY_FRACTION),
            rounded.eq(back),
        ]
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
