"""Score accumulators, one for each lane."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.gateware.arithmetic.signed_add import SignedAdd
from lls_hw.gateware.local.ports import score_terms
from lls_hw.gateware.local.widths import SCORE_BITS

__all__ = ["ScoreLanes"]


class ScoreLanes(wiring.Component):
    """Sums of the terms, a lane for each class of a group.

    One latent a cycle; the sums are complete in the cycle after the last one. `shift` moves every
    lane's sum to the lane below, so they leave one a cycle, lane 0 first.

    Members
    -------
    terms : latent times basis entry, for each lane.
    cosine : the entries have BASIS_FRACTION fraction bits, which `score` drops, half up; stable.
    add, first : take the terms; `first` starts new sums and goes before `shift`.
    score : sum of lane 0.
    """

    def __init__(self, config: Config) -> None:
        self._lanes = config.lanes
        self._fine = config.basis_bits > 2
        super().__init__(
            {
                "terms": In(score_terms(config)),
                "cosine": In(1),
                "add": In(1),
                "first": In(1),
                "shift": In(1),
                "score": Out(signed(SCORE_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = SCORE_BITS + (BASIS_FRACTION if self._fine else 0)
        half = self.cosine << BASIS_FRACTION - 1 if self._fine else 0
        sums = [Signal(signed(bits), name=f"sum_{lane}") for lane in range(self._lanes)]
        for lane, total in enumerate(sums):
            m.submodules[f"adder_{lane}"] = adder = SignedAdd(bits)
            term, above = self.terms[lane], sums[(lane + 1) % self._lanes]
            m.d.comb += [
                adder.a.eq(Mux(self.add, Mux(self.first, half, total), above)),
                adder.b.eq(term.value),
                adder.negate.eq(term.negate),
                adder.enable.eq(self.add & term.enable),
            ]
            with m.If(self.add | self.shift):
                m.d.sync += total.eq(adder.o)
        m.d.comb += self.score.eq(sums[0])
        if self._fine:
            with m.If(self.cosine):
                m.d.comb += self.score.eq(sums[0] >> BASIS_FRACTION)
        return m
