"""Tap counter: counts input tiles, columns or rows of a kernel, one after the other."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["TapCounter"]


class TapCounter(wiring.Component):
    """Counts 0 .. size - 1 and begins again. `first` and `last` come from registers.

    Steps are at least two cycles apart; `size` is stable from two cycles before the first one, and
    already at `restart`.

    Parameters
    ----------
    width : bits of `size`.
    counts : otherwise `size` is always 1.

    Members
    -------
    restart : back to 0. step : onwards.
    index : the count. first, last : it is 0, it is size - 1.
    """

    def __init__(self, width: int, counts: bool = True) -> None:
        self._counts = counts
        super().__init__(
            {
                "size": In(width),
                "restart": In(1),
                "step": In(1),
                "index": Out(width),
                "first": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if not self._counts:
            m.d.comb += [self.first.eq(1), self.last.eq(1)]
            return m
        one, before_last, last_but_one = Signal(), Signal(), Signal.like(self.size)
        m.d.sync += [
            one.eq(self.size == 1),
            last_but_one.eq(self.size - 2),
            before_last.eq(self.index == last_but_one),
        ]
        with m.If(self.restart):
            m.d.sync += [self.index.eq(0), self.first.eq(1), self.last.eq(self.size == 1)]
        with m.Elif(self.step):
            m.d.sync += [
                self.index.eq(Mux(self.last, 0, self.index + 1)),
                self.first.eq(self.last),
                self.last.eq(Mux(self.last, one, before_last)),
            ]
        return m
