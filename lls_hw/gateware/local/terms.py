"""Terms of the sums over the basis: latents and errors times the basis entries of each lane."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.gateware.local.command import ERROR_BITS

__all__ = ["ProductTerms", "TernaryTerms", "basis_terms", "error_term_bits", "score_term_bits"]


def score_term_bits(config: Config) -> int:
    """Bits of a latent times an entry, which is at most 2**(basis_bits - 1) - 1."""
    return LATENT_BITS + config.basis_bits - 1


def error_term_bits(config: Config) -> int:
    """Bits of an error times an entry; -1 times an error takes no more than the error."""
    return ERROR_BITS + (BASIS_FRACTION if config.basis_bits > 2 else 0)


def _signature(config: Config) -> dict:
    lanes = config.lanes
    return {
        "u": In(signed(LATENT_BITS)),
        "basis": In(data.ArrayLayout(signed(config.basis_bits), lanes)),
        "scatter": In(1),
        "classifier": In(1),
        "mask": In(lanes),
        "errors": In(data.ArrayLayout(signed(ERROR_BITS), lanes)),
        "score_terms": Out(data.ArrayLayout(signed(score_term_bits(config)), lanes)),
        "error_terms": Out(data.ArrayLayout(signed(error_term_bits(config)), lanes)),
    }


class TernaryTerms(wiring.Component):
    """Terms of both passes with a basis of -1, 0 and 1: no multiplier.

    With `u`, `basis` and `mask` in cycle t, `score_terms` is there in cycle t + 1, and
    `error_terms` of the `errors` of cycle t + 1.

    Members
    -------
    u : latent. basis : entry of each lane.
    mask : error terms of other lanes are 0; for a `classifier` the entries are this mask.
    errors : error of each lane.
    scatter : unused, see `ProductTerms`.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(_signature(config))

    def elaborate(self, platform):
        m = Module()
        u, minus_u = Signal(signed(LATENT_BITS)), Signal(signed(LATENT_BITS + 1))
        basis, entries = Signal.like(self.basis), Signal.like(self.basis)
        m.d.sync += [u.eq(self.u), minus_u.eq(-self.u), basis.eq(self.basis)]
        for lane, entry in enumerate(basis):
            error, mask = self.errors[lane], self.mask[lane]
            used = Mux(mask, self.basis[lane], 0)
            m.d.sync += entries[lane].eq(Mux(self.classifier, mask, used))
            for out, one, minus_one, sign in (
                (self.score_terms[lane], u, minus_u, entry.as_unsigned()),
                (self.error_terms[lane], error, -error, entries[lane].as_unsigned()),
            ):
                m.d.comb += out.eq(Mux(sign[0], Mux(sign[1], minus_one, one), 0))
        return m


class ProductTerms(wiring.Component):
    """Terms of both passes with a basis of int8 entries: one 18 x 8 multiplier a lane.

    The passes take turns in fetching, so they share the multipliers. With all inputs in cycle t,
    the terms are there in cycle t + 2: those of the errors where `scatter` was high, else those
    of the latent. Members as in `TernaryTerms`.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(_signature(config))

    def elaborate(self, platform):
        m = Module()
        for lane, entry in enumerate(self.basis):
            mask = self.mask[lane]
            a = Signal(signed(LATENT_BITS), name=f"a_{lane}")
            b = Signal(signed(len(entry)), name=f"b_{lane}")
            product = Signal(signed(len(a) + len(b) - 1), name=f"product_{lane}")
            used = Mux(self.classifier, mask, Mux(mask, entry, 0))
            m.d.sync += [
                a.eq(Mux(self.scatter, self.errors[lane], self.u)),
                b.eq(Mux(self.scatter, used, entry)),
                product.eq(a * b),
            ]
            m.d.comb += [
                self.score_terms[lane].eq(product),
                self.error_terms[lane].eq(product),
            ]
        return m


def basis_terms(config: Config) -> TernaryTerms | ProductTerms:
    """The component for the engine's basis."""
    return TernaryTerms(config) if config.basis_bits == 2 else ProductTerms(config)
