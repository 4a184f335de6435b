"""Score accumulators, one for each lane."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.formats import LATENT_BITS

__all__ = ["SCORE_BITS", "ScoreLanes"]

SCORE_BITS = 30
"""4095 signed 18-bit latents."""


class ScoreLanes(wiring.Component):
    """Sums of u, 0 or -u, a lane for each class of a group; no multiplier.

    One latent a cycle; the sums are complete in the cycle after the last one. `shift` moves every
    lane's sum to the lane below, so they leave one a cycle, lane 0 first.

    Members
    -------
    u, minus_u, basis : latent, its negative, and a 2-bit ternary entry for each lane.
    add, first : take the latent; `first` starts new sums and goes before `shift`.
    score : sum of lane 0.
    """

    def __init__(self, lanes):
        self._lanes = lanes
        super().__init__(
            {
                "u": In(signed(LATENT_BITS)),
                "minus_u": In(signed(LATENT_BITS + 1)),
                "basis": In(data.ArrayLayout(2, lanes)),
                "add": In(1),
                "first": In(1),
                "shift": In(1),
                "score": Out(signed(SCORE_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sums = [Signal(signed(SCORE_BITS), name=f"sum_{lane}") for lane in range(self._lanes)]
        for lane, total in enumerate(sums):
            nonzero, negative = self.basis[lane][0], self.basis[lane][1]
            term = Mux(nonzero, Mux(negative, self.minus_u, self.u), 0)
            with m.If(self.add):
                m.d.sync += total.eq(Mux(self.first, 0, total) + term)
            with m.Elif(self.shift):
                m.d.sync += total.eq(sums[(lane + 1) % self._lanes])
        m.d.comb += self.score.eq(sums[0])
        return m
