"""Address generator of a stream of outputs: pixels inside, output tiles outside."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

__all__ = ["Walker"]


class Walker(wiring.Component):
    """Address of the next output: ``base + pixel * stride + tile // parts``.

    `addr` and `part` (tile % parts) are valid in the same cycle as `step`, which moves on to the
    next output; `last` moves on to the first output of the next tile.

    Parameters
    ----------
    depth : words of the memory that is addressed.
    parts : tiles that share one word; a power of two.
    """

    def __init__(self, depth, parts=1):
        self._parts = parts
        super().__init__(
            {
                "base": In(ceil_log2(depth)),
                "stride": In(ceil_log2(depth)),
                "restart": In(1),
                "step": In(1),
                "last": In(1),
                "addr": Out(ceil_log2(depth)),
                "part": Out(ceil_log2(parts)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        tile = Signal.like(self.addr)
        next_tile = Signal.like(self.addr)
        m.d.comb += next_tile.eq(tile + (self.part == self._parts - 1))
        with m.If(self.restart):
            m.d.sync += [tile.eq(self.base), self.addr.eq(self.base), self.part.eq(0)]
        with m.Elif(self.last):
            m.d.sync += [tile.eq(next_tile), self.addr.eq(next_tile), self.part.eq(self.part + 1)]
        with m.Elif(self.step):
            m.d.sync += self.addr.eq(self.addr + self.stride)
        return m
