"""Carry chains of the ECP5 with a choice in each bit, and no LUT beside them."""

from amaranth.hdl import Cat, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.arithmetic.select_add import SelectAdd
from lls_hw.gateware.arithmetic.signed_add import SignedAdd

__all__ = ["Ecp5Arithmetic", "Ecp5SelectAdd", "Ecp5SignedAdd"]

_A, _B, _C, _D = 0xAAAA, 0xCCCC, 0xF0F0, 0xFF00
"""Truth tables of the inputs of a LUT."""
_SELECT = _A ^ (_B & _D | _C & ~_D)
_SIGNED = _A ^ ((_B ^ _C) & _D)
"""Of a bit: a xor the other operand, which is b or c, by d; or b, inverted by c, if there is d.
Where that is 0, both operands are a, and the carry is taken from the cell's second table. It is the
part of the first one with c = d = 0, which is a in both."""


class _Chain(wiring.Component):
    """``o = a + other + carry``, two bits a CCU2C cell; `table` says what `other` is of b, c, d."""

    def __init__(self, width: int, table: int) -> None:
        self._table = table
        word = signed(width)
        super().__init__(
            {
                "a": In(word),
                "b": In(word),
                "c": In(word),
                "d": In(1),
                "carry": In(1),
                "o": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        even = len(self.o) + len(self.o) % 2
        total, carry = Signal(even, name="total"), self.carry
        a, b, c = (Cat(word, Const(0, even - len(word))) for word in (self.a, self.b, self.c))
        m.d.comb += self.o.eq(total)
        for low in range(0, even, 2):
            following = Signal(name=f"carry_{low + 2}")
            tables = {f"p_INIT{k}": Const(self._table, 16) for k in range(2)}
            inputs = {
                f"i_{name}{k}": bit
                for k in range(2)
                for name, bit in zip(
                    "ABCD", (a[low + k], b[low + k], c[low + k], self.d), strict=True
                )
            }
            m.submodules[f"bits_{low}"] = Instance(
                "CCU2C",
                **tables,
                **inputs,
                p_INJECT1_0="NO",
                p_INJECT1_1="NO",
                i_CIN=carry,
                o_S0=total[low],
                o_S1=total[low + 1],
                o_COUT=following,
            )
            carry = following
        return m


class Ecp5SelectAdd(SelectAdd):
    """`SelectAdd` of CCU2C cells."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.chain = chain = _Chain(len(self.o), _SELECT & 0xFFFF)
        m.d.comb += [
            chain.a.eq(self.a),
            chain.b.eq(self.b),
            chain.c.eq(self.c),
            chain.d.eq(self.select),
            self.o.eq(chain.o),
        ]
        return m


class Ecp5SignedAdd(SignedAdd):
    """`SignedAdd` of CCU2C cells."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.chain = chain = _Chain(len(self.o), _SIGNED)
        m.d.comb += [
            chain.a.eq(self.a),
            chain.b.eq(self.b),
            chain.c.eq(self.negate.replicate(len(self.o))),
            chain.d.eq(self.enable),
            chain.carry.eq(self.negate & self.enable),
            self.o.eq(chain.o),
        ]
        return m


class Ecp5Arithmetic:
    """Technology of the ECP5, the `platform` of `elaborate`: adders that Yosys does not infer."""

    select_add = staticmethod(Ecp5SelectAdd)
    signed_add = staticmethod(Ecp5SignedAdd)
