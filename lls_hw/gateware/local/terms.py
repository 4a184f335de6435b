"""Terms of the sums over the basis: latents and errors times the basis entries of each lane."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.latency_local import ERROR_STORE_LATENCY, PRODUCT_LATENCY, TERM_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.ports import ErrorLanes, Fetched, GroupRead, score_terms
from lls_hw.gateware.local.widths import error_term_bits

__all__ = ["ProductTerms", "TernaryTerms", "basis_terms"]


def _signature(config: Config) -> dict:
    lanes = config.lanes
    return {
        "fetched": In(Fetched(config)),
        "lanes": In(ErrorLanes(config)),
        "classifier": In(1),
        "errors": Out(GroupRead(config)),
        "score_terms": Out(score_terms(config)),
        "error_terms": Out(data.ArrayLayout(signed(error_term_bits(config)), lanes)),
    }


class TernaryTerms(wiring.Component):
    """Terms of both passes with a basis of -1, 0 and 1: no multiplier.

    With `fetched` and `lanes` in cycle t, both terms are there in cycle t + LATENCY = t + 1.

    Members
    -------
    fetched : latent and entry of each lane; `scatter` is not used, see `ProductTerms`.
    lanes : errors that are wanted; those of other lanes count as 0.
    classifier : stable; the entries of the error terms are then the lanes' mask.
    errors : the memory that has the errors.
    """

    LATENCY = TERM_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(_signature(config))

    def elaborate(self, platform):
        m = Module()
        fetched, mask = self.fetched, self.lanes.mask
        u = Signal(signed(LATENT_BITS))
        basis, entries = Signal.like(fetched.basis), Signal.like(fetched.basis)
        m.d.comb += self.errors.addr.eq(self.lanes.group)
        m.d.sync += [
            u.eq(fetched.latent),
            basis.eq(fetched.basis),
        ]
        for lane, entry in enumerate(basis):
            error = self.errors.data[lane]
            used = Mux(mask[lane], fetched.basis[lane], 0)
            m.d.sync += entries[lane].eq(Mux(self.classifier, mask[lane], used))
            score, sign = self.score_terms[lane], entries[lane].as_unsigned()
            m.d.comb += [
                score.value.eq(u),
                score.negate.eq(entry[1]),
                score.enable.eq(entry[0]),
                self.error_terms[lane].eq(Mux(sign[0], Mux(sign[1], -error, error), 0)),
            ]
        return m


class ProductTerms(wiring.Component):
    """Terms of both passes with a basis of int8 entries: one 18 x 8 multiplier a lane.

    The passes take turns in fetching, so they share the multipliers. With `fetched` in cycle t,
    and `lanes` ERROR_STORE_LATENCY = 1 cycle earlier, the terms are there in cycle
    t + LATENCY = t + 2: those of the errors where `scatter` was high, else those of the latent.
    Members as in `TernaryTerms`.
    """

    LATENCY = TERM_LATENCY + PRODUCT_LATENCY

    def __init__(self, config: Config) -> None:
        super().__init__(_signature(config))

    def elaborate(self, platform):
        m = Module()
        fetched = self.fetched
        mask = delay(m, self.lanes.mask, ERROR_STORE_LATENCY, "mask")
        m.d.comb += self.errors.addr.eq(self.lanes.group)
        for lane, entry in enumerate(fetched.basis):
            a = Signal(signed(LATENT_BITS), name=f"a_{lane}")
            b = Signal(signed(len(entry)), name=f"b_{lane}")
            product = Signal(signed(len(a) + len(b) - 1), name=f"product_{lane}")
            used = Mux(self.classifier, mask[lane], Mux(mask[lane], entry, 0))
            m.d.sync += [
                a.eq(Mux(fetched.scatter, self.errors.data[lane], fetched.latent)),
                b.eq(Mux(fetched.scatter, used, entry)),
                product.eq(a * b),
            ]
            m.d.comb += [
                self.score_terms[lane].value.eq(product),
                self.score_terms[lane].negate.eq(0),
                self.score_terms[lane].enable.eq(1),
                self.error_terms[lane].eq(product),
            ]
        return m


def basis_terms(config: Config) -> TernaryTerms | ProductTerms:
    """The component for the engine's basis."""
    return TernaryTerms(config) if config.basis_bits == 2 else ProductTerms(config)
