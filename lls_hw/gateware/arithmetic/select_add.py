"""Sum of a number and one of two others."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SelectAdd"]


class SelectAdd(wiring.Component):
    """``o = a + (b if select else c)``, combinational; carries leave it unseen.

    Most devices take a row of multiplexers in front of the carry chain. A technology, the
    `platform` of `elaborate`, whose chain has room for them returns it from `select_add(width)`:
    a component with the same members.

    Parameters
    ----------
    width : bits of every operand and of the sum.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        operand = signed(width)
        super().__init__(
            {
                "a": In(operand),
                "b": In(operand),
                "c": In(operand),
                "select": In(1),
                "o": Out(operand),
            }
        )

    def elaborate(self, platform):
        m = Module()
        chain = getattr(platform, "select_add", lambda _: None)(self._width)
        if chain is None:
            m.d.comb += self.o.eq(self.a + Mux(self.select, self.b, self.c))
            return m
        m.submodules.chain = chain
        wiring.connect(m, wiring.flipped(self), chain)
        return m
