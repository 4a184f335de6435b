"""Sum of a number and another one, minus it, or nothing."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SignedAdd"]


class SignedAdd(wiring.Component):
    """``o = a + (enable ? (negate ? -b : b) : 0)``, combinational; carries leave it unseen.

    As with `SelectAdd`, a technology whose carry chain does this without logic in front of it
    returns it from `signed_add(width)`: a component with the same members.

    Parameters
    ----------
    width : bits of both operands and of the sum.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        operand = signed(width)
        super().__init__(
            {
                "a": In(operand),
                "b": In(operand),
                "negate": In(1),
                "enable": In(1),
                "o": Out(operand),
            }
        )

    def elaborate(self, platform):
        m = Module()
        chain = getattr(platform, "signed_add", lambda _: None)(self._width)
        if chain is None:
            term = Mux(self.negate, -self.b, self.b)
            m.d.comb += self.o.eq(self.a + Mux(self.enable, term, 0))
            return m
        m.submodules.chain = chain
        wiring.connect(m, wiring.flipped(self), chain)
        return m
