"""Arithmetic right shift in two steps."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.latency_local import SHIFTER_LATENCY

__all__ = ["AMOUNT_BITS", "Shifter"]

AMOUNT_BITS = 5
"""Bits of a shift amount."""
_FINE = 3
"""Bits of the amount that the second step takes."""


class Shifter(wiring.Component):
    """``o = i >> amount``, rounded down; latency LATENCY = 2 cycles, one value a cycle.

    `amount` is stable while values pass. The result must fit `o`.

    Parameters
    ----------
    width, out_width : bits of `i` and of `o`.
    """

    LATENCY = SHIFTER_LATENCY

    def __init__(self, width: int, out_width: int) -> None:
        self._width = width
        super().__init__(
            {"i": In(signed(width)), "amount": In(AMOUNT_BITS), "o": Out(signed(out_width))}
        )

    def elaborate(self, platform):
        m = Module()
        coarse = Signal(signed(self._width))
        m.d.sync += [
            coarse.eq(self.i >> (self.amount[_FINE:] << _FINE)),
            self.o.eq(coarse >> self.amount[:_FINE]),
        ]
        return m
