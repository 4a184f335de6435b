"""Adder tree over the lanes of a group."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.basis import BASIS_FRACTION
from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import CLASS_BITS, ERROR_BITS
from lls_hw.gateware.local.terms import error_term_bits

__all__ = ["BackProjection", "back_bits"]


def back_bits(config: Config) -> int:
    """Bits of a sum of error terms over all classes.

    Errors of a sample have magnitude 2 ONE together, so no sum of them needs more than one bit
    beyond theirs; behind a modulation, each may be that large.
    """
    fraction = BASIS_FRACTION if config.basis_bits > 2 else 0
    return ERROR_BITS + 1 + fraction + (CLASS_BITS if config.modulation_depth else 0)


class BackProjection(wiring.Component):
    """Sum of the terms over the lanes; latency log2(lanes) cycles, one group a cycle.

    Members
    -------
    terms : error times basis entry, for each lane.
    """

    def __init__(self, config: Config) -> None:
        self._width = signed(back_bits(config))
        super().__init__(
            {
                "terms": In(data.ArrayLayout(signed(error_term_bits(config)), config.lanes)),
                "o": Out(self._width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        values = list(self.terms)
        while len(values) > 1:
            sums = [
                Signal(self._width, name=f"sum_{len(values) // 2}_{k}")
                for k in range(len(values) // 2)
            ]
            for k, total in enumerate(sums):
                m.d.sync += total.eq(values[2 * k] + values[2 * k + 1])
            values = sums
        m.d.comb += self.o.eq(values[0])
        return m
