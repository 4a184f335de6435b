"""Max pooling 2 x 2 of all columns, on the fly."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS
from lls_hw.contract.latency import MAX_POOL_LATENCY

__all__ = ["MaxPool"]


class MaxPool(wiring.Component):
    """Largest of 2 x 2 pixels in row-major order, one pixel a cycle; stride 2.

    With `enable` low, every pixel passes. `o` and `ready` follow `i` and `valid` by LATENCY
    cycles.

    Parameters
    ----------
    lanes : channels treated alike.
    width : largest width of a map.

    Members
    -------
    i, valid : activations of one pixel.
    column, odd_row, odd_column : where the pixel lies.
    o, ready : activations of one output pixel.
    """

    LATENCY = MAX_POOL_LATENCY

    def __init__(self, lanes, width):
        self._lanes, self._width = lanes, width
        word = data.ArrayLayout(signed(ACT_BITS), lanes)
        super().__init__(
            {
                "enable": In(1),
                "i": In(word),
                "valid": In(1),
                "column": In(FIELDS["out_width"]),
                "odd_row": In(1),
                "odd_column": In(1),
                "o": Out(word),
                "ready": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        depth = -(-self._width // 2)
        word = data.ArrayLayout(signed(ACT_BITS), self._lanes)
        m.submodules.above = above = Memory(shape=word, depth=depth, init=[])
        read, write = above.read_port(domain="comb"), above.write_port()
        left, pair, largest = Signal(word), Signal(word), Signal(word)
        over = Signal(word)  # a cycle early: maps are two pixels wide at least
        column = Signal(ceil_log2(depth))
        upper, lower, passing = Signal(), Signal(), Signal()
        with m.If(self.valid):
            m.d.sync += left.eq(self.i)
        m.d.sync += [
            column.eq(self.column >> 1),
            over.eq(read.data),
            upper.eq(self.valid & self.odd_column & ~self.odd_row),
            lower.eq(self.valid & self.odd_column & self.odd_row),
            passing.eq(self.valid),
            self.o.eq(largest),
            self.ready.eq(Mux(self.enable, lower, passing)),
        ]
        for a, b, o in zip(left, self.i, pair, strict=True):
            m.d.sync += o.eq(Mux((a > b) & self.enable, a, b))
        for a, b, o in zip(over, pair, largest, strict=True):
            m.d.comb += o.eq(Mux((a > b) & self.enable, a, b))
        m.d.comb += [
            read.addr.eq(self.column >> 1),
            write.addr.eq(column),
            write.data.eq(pair),
            write.en.eq(upper),
        ]
        return m
