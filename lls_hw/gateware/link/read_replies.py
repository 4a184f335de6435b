"""Read replies: turns the elements that a READ fetches into bytes of the reply stream."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.frames import COMMAND
from lls_hw.gateware.bus import DATA_BITS
from lls_hw.gateware.link.elements import SIZE, Serializer

__all__ = ["ReadReplies"]


class ReadReplies(wiring.Component):
    """Counts the elements on their way out. One byte a cycle, latency 1 cycle.

    Members
    -------
    start : a READ of `count` elements begins. size : bytes of an element.
    i : the elements. o : their bytes.
    done : the last byte has left; 2 cycles after it at the earliest.
    """

    start: In(1)
    count: In(COMMAND["count"].bits)
    size: In(SIZE)
    i: In(stream.Signature(DATA_BITS))
    o: Out(stream.Signature(8))
    done: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.serializer = serializer = Serializer()
        connect(m, flipped(self.i), serializer.i)
        connect(m, serializer.o, flipped(self.o))
        missing, all_here = Signal.like(self.count), Signal()
        m.d.comb += serializer.size.eq(self.size)
        m.d.comb += self.done.eq(all_here & ~self.o.valid)
        with m.If(self.start):
            m.d.sync += [missing.eq(self.count), all_here.eq(0)]
        with m.Else():
            # A register: the end of a READ is not urgent.
            m.d.sync += all_here.eq(missing == 0)
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += missing.eq(missing - 1)
        return m
