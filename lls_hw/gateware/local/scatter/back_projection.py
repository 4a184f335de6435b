"""Adder tree over the lanes of a group."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.local.widths import back_bits, error_term_bits

__all__ = ["BackProjection"]


class BackProjection(wiring.Component):
    """Sum of the terms over the lanes; latency `timing_local.tree_cycles`, one group a cycle.

    Members
    -------
    terms : error times basis entry, for each lane. o : sum.
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
