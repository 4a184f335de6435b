"""Credit: says when the host should hear how much has left the receive buffer."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.frames import CREDIT_PARTS, POSITION_BITS
from lls_hw.gateware.link.ports import Progress

__all__ = ["Credit"]


class Credit(wiring.Component):
    """Compares what has been consumed with what the host was last told; latency 0.

    Parameters
    ----------
    depth : bytes of the receive buffer, a power of two.

    Members
    -------
    progress : of the host's stream.
    told : a frame with this progress leaves.
    clear : the stream starts at position 0, which the host knows.
    due : the buffer has run empty, or `consumed` has passed a multiple of
        ``depth / CREDIT_PARTS`` since the host was told.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        super().__init__({"progress": In(Progress()), "told": In(1), "clear": In(1), "due": Out(1)})

    def elaborate(self, platform):
        m = Module()
        part = ceil_log2(self._depth // CREDIT_PARTS)
        consumed, known = self.progress.consumed, Signal(POSITION_BITS)
        with m.If(self.clear):
            m.d.sync += known.eq(0)
        with m.Elif(self.told):
            m.d.sync += known.eq(consumed)
        empty, passed = Signal(), Signal()
        m.d.comb += [
            empty.eq(consumed == self.progress.received),
            passed.eq(consumed[part] != known[part]),
            self.due.eq((consumed != known) & (empty | passed)),
        ]
        return m
