"""The mover's access to the weights."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import WeightStore, access_layout, word_layout
from lls_hw.gateware.mover.ports import MovedWeights

__all__ = ["WeightMoves"]


class WeightMoves(wiring.Component):
    """Turns the mover's elements into accesses of all columns.

    A weight is written in the cycle in which it is taken. A word that is asked for in cycle t is
    read in cycle t; as a column sees its token a cycle after its western neighbour, its weights
    come one a cycle, that of column c in cycle t + LATENCY + c. The columns are far apart: a
    register gathers the weights of GROUP neighbours, another one those of all groups. The next
    word is taken as many cycles after it as there are columns.

    Members
    -------
    mover : the mover. write_free, read_free : the array does not write, read now.
    writing, reading, access : what is done, for column 0; fields that nothing is said about are 0.
    words : what each column has read.
    """

    GROUP = 4
    LATENCY = WeightStore.LATENCY + 2

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        super().__init__(
            {
                "mover": In(MovedWeights(config)),
                "write_free": In(1),
                "read_free": In(1),
                "writing": Out(1),
                "reading": Out(1),
                "access": Out(access_layout(config)),
                "words": In(data.ArrayLayout(word_layout(config.momentum), config.cols)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        mover, access = self.mover, self.access
        element = mover.write.payload
        left = Signal(range(-1, self._cols - 1), init=-1)  # -1: the next word may be read
        begin = delay(m, self.reading, WeightStore.LATENCY - 1, "begin")
        column, active = Signal(range(self._cols)), Signal()
        m.d.comb += [
            mover.write.ready.eq(self.write_free),
            mover.read.ready.eq(self.read_free & left[-1]),
            self.writing.eq(mover.write.valid & mover.write.ready),
            self.reading.eq(mover.read.valid & mover.read.ready),
            access.read_addr.eq(mover.read.payload),
            access.write_addr.eq(element.addr),
            access.host_enable.weight.eq(self.writing),
            access.host_column.eq(element.column),
            access.host_data.eq(element.value),
        ]
        with m.If(self.reading):
            m.d.sync += left.eq(self._cols - 2)
        with m.Elif(~left[-1]):
            m.d.sync += left.eq(left - 1)
        with m.If(begin):
            m.d.sync += [active.eq(1), column.eq(0)]
        with m.Elif(active):
            m.d.sync += column.eq(column + 1)
            with m.If(column == self._cols - 1):
                m.d.sync += active.eq(0)
        bits = ceil_log2(min(self.GROUP, self._cols))
        gathered = []
        for first in range(0, self._cols, 1 << bits):
            group = [self.words[c].weight for c in range(first, first + (1 << bits))]
            gathered.append(Signal.like(mover.element.payload, name=f"gathered_{first}"))
            m.d.sync += gathered[-1].eq(Array(group)[column[:bits]])
        m.d.sync += [
            mover.element.valid.eq(delay(m, active, 1, "active")),
            mover.element.payload.eq(Array(gathered)[delay(m, column[bits:], 1, "group")]),
        ]
        return m
