"""Adder tree over the lanes of a group."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.local.errors import ERROR_BITS

__all__ = ["BACK_BITS", "BackProjection"]

BACK_BITS = ERROR_BITS + 1
"""Errors of a sample have magnitude 2 ONE together, so no sum of them needs more."""


class BackProjection(wiring.Component):
    """Sum of e, 0 or -e over the lanes; latency log2(lanes) cycles, one group a cycle.

    Members
    -------
    errors, basis : error and 2-bit ternary entry of each lane.
    """

    def __init__(self, lanes):
        self._lanes = lanes
        super().__init__(
            {
                "errors": In(data.ArrayLayout(signed(ERROR_BITS), lanes)),
                "basis": In(data.ArrayLayout(2, lanes)),
                "o": Out(signed(BACK_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        values = []
        for lane in range(self._lanes):
            error, entry = self.errors[lane], self.basis[lane]
            values.append(Mux(entry[0], Mux(entry[1], -error, error), 0))
        while len(values) > 1:
            sums = [
                Signal(signed(BACK_BITS), name=f"sum_{len(values) // 2}_{k}")
                for k in range(len(values) // 2)
            ]
            for k, total in enumerate(sums):
                m.d.sync += total.eq(values[2 * k] + values[2 * k + 1])
            values = sums
        m.d.comb += self.o.eq(values[0])
        return m
