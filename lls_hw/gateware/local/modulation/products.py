"""Products of a modulation's entries with the values of the classes."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    CLASS_BITS,
    LATENT_BITS,
    MODULATED_FRACTION,
    MODULATION_FRACTION,
    MODULATION_GRADIENT_FRACTION,
    PROBABILITY_FRACTION,
    PSUM_BITS,
    SCORE_FRACTION,
    WEIGHT_BITS,
)
from lls_hw.contract.latency_local import MODULATION_SUM_LATENCY
from lls_hw.contract.timing_local import MODULATION_PRODUCT_CYCLES
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.class_memory import ClassMemory
from lls_hw.gateware.local.modulation.walk import ENTRY_TAG
from lls_hw.gateware.local.ports import class_write
from lls_hw.gateware.local.widths import ERROR_BITS

__all__ = ["BACKWARD_SHIFT", "FORWARD_SHIFT", "SUM_BITS", "ModulationProducts"]

SUM_BITS = LATENT_BITS + WEIGHT_BITS - 1 + CLASS_BITS
FORWARD_SHIFT = MODULATION_FRACTION
"""Fraction bits of a sum beyond those of a modulated score."""
BACKWARD_SHIFT = MODULATION_FRACTION + PROBABILITY_FRACTION - MODULATED_FRACTION
"""Fraction bits of a sum beyond those of an error in front of the modulation."""
_PAIR_SHIFT = SCORE_FRACTION + PROBABILITY_FRACTION - MODULATION_GRADIENT_FRACTION


class ModulationProducts(wiring.Component):
    """Sums of entries times scores forward, or times errors backward; gradients of the entries.

    One entry a cycle. `gradient` follows `tag` by MODULATION_PRODUCT_CYCLES, `total` with its
    `total_tag` by LATENCY. A sum is complete where its tag says `last`; it contains the half
    that its later shift needs for rounding.

    Members
    -------
    scores : stores the score n of a class. errors : stores the error of its modulated score.
    tag : entry that is read. entry : its value, RAM_LATENCY cycles later.
    total, total_tag : sum so far, and its last entry.
    gradient : score times error.
    """

    LATENCY = MODULATION_PRODUCT_CYCLES + MODULATION_SUM_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "scores": In(class_write(signed(LATENT_BITS))),
                "errors": In(class_write(signed(ERROR_BITS))),
                "tag": In(ENTRY_TAG),
                "entry": In(signed(WEIGHT_BITS)),
                "total": Out(signed(SUM_BITS)),
                "total_tag": Out(ENTRY_TAG),
                "gradient": Out(signed(PSUM_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.scores = scores = ClassMemory(self._config, LATENT_BITS)
        m.submodules.errors = errors = ClassMemory(self._config, ERROR_BITS)
        connect(m, flipped(self.scores), scores.write)
        connect(m, flipped(self.errors), errors.write)
        n, delta = Signal(signed(LATENT_BITS)), Signal(signed(ERROR_BITS))
        product = Signal(signed(LATENT_BITS + WEIGHT_BITS - 1))
        pair = Signal(signed(LATENT_BITS + ERROR_BITS - 1))
        multiplied = delay(m, self.tag, MODULATION_PRODUCT_CYCLES, "multiplied")
        summed = delay(m, multiplied, MODULATION_SUM_LATENCY, "summed")
        half = Mux(multiplied.backward, 1 << BACKWARD_SHIFT - 1, 1 << FORWARD_SHIFT - 1)
        m.d.comb += [
            scores.read.addr.eq(self.tag.row),
            errors.read.addr.eq(self.tag.column),
            n.eq(scores.read.data),
            delta.eq(errors.read.data),
            self.gradient.eq((pair + (1 << _PAIR_SHIFT - 1)) >> _PAIR_SHIFT),
            self.total_tag.eq(summed),
        ]
        m.d.sync += [
            product.eq(self.entry * Mux(self.tag.backward, delta, n)),
            pair.eq(n * delta),
            self.total.eq(Mux(multiplied.first, half, self.total) + product),
        ]
        return m
