"""Arithmetic right shift of which only the low bits are kept."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["NarrowingShift"]


class NarrowingShift(wiring.Component):
    """``o = i >> amount``, rounded down; combinational.

    The largest step comes first. What no later step can bring into `o` is only compared with the
    sign, so the shifter gets narrower from step to step.

    Members
    -------
    i, amount : number, and how far it is shifted.
    o : the result; without meaning if it is `over`: it does not fit.

    Parameters
    ----------
    width, amount_bits, out_width : bits of `i`, `amount`, `o`.
    """

    def __init__(self, width: int, amount_bits: int, out_width: int) -> None:
        super().__init__(
            {
                "i": In(signed(width)),
                "amount": In(amount_bits),
                "o": Out(signed(out_width)),
                "over": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sign, value, compared = self.i[-1], self.i, []
        for bit in reversed(range(len(self.amount))):
            step = 1 << bit
            kept = min(len(value), len(self.o) + step - 1)
            shifted = Signal(len(value), name=f"shifted_{step}")
            filled = Cat(value[step:], sign.replicate(min(step, len(value))))
            m.d.comb += shifted.eq(Mux(self.amount[bit], filled, value))
            compared.append(shifted[kept:])
            value = shifted[:kept]
        upper = Cat(*compared, value[len(self.o) - 1 :])
        m.d.comb += [self.o.eq(value), self.over.eq(Mux(sign, ~upper.all(), upper.any()))]
        return m
