"""Crossing: takes bytes from one clock domain into another."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import AsyncFIFO
from amaranth.lib.wiring import In, Out, connect, flipped

__all__ = ["Crossing"]

_DEPTH = 16


class Crossing(wiring.Component):
    """A FIFO whose two sides have clocks of their own, of any frequencies and phases.

    Its counters cross as Gray codes, of which one bit changes at a time. Throughput is one byte a
    cycle of the slower clock; latency is one cycle of `i_domain` and at most 4 of `o_domain`.

    Parameters
    ----------
    i_domain, o_domain : clock domains of the two sides. A reset of either leaves its own counter
        behind, so neither may be reset alone.

    Members
    -------
    i, o : the stream.
    """

    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def __init__(self, i_domain: str, o_domain: str) -> None:
        self._i_domain, self._o_domain = i_domain, o_domain
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.fifo = fifo = AsyncFIFO(
            width=8, depth=_DEPTH, w_domain=self._i_domain, r_domain=self._o_domain
        )
        connect(m, flipped(self.i), fifo.w_stream)
        connect(m, fifo.r_stream, flipped(self.o))
        return m
