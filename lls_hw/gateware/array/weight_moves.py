"""The mover's access to the weights."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.array.column_choice import ColumnChoice
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import WeightStore, access_layout, word_layout
from lls_hw.gateware.mover.ports import MovedWeights

__all__ = ["WeightMoves"]


class WeightMoves(wiring.Component):
    """Turns the mover's elements into accesses of all columns.

    A weight is written in the cycle in which it is taken. A word that is asked for in cycle t is
    read in cycle t; as a column sees its token a cycle after its western neighbour, its weights
    come one a cycle, that of column c in cycle t + LATENCY + c. The next word is taken as many
    cycles after it as there are columns.

    Members
    -------
    mover : the mover. write_free, read_free : the array does not write, read now.
    writing, reading, access : what is done, for column 0; fields that nothing is said about are 0.
    active : a word is on its way; `column` is the one whose part comes now. word : that part,
        ColumnChoice.LATENCY cycles later.
    """

    LATENCY = WeightStore.LATENCY + ColumnChoice.LATENCY

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
                "active": Out(1),
                "column": Out(ceil_log2(config.cols)),
                "word": In(word_layout(config.momentum)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        mover, access = self.mover, self.access
        element = mover.write.payload
        left = Signal(range(-1, self._cols - 1), init=-1)  # -1: the next word may be read
        begin = delay(m, self.reading, WeightStore.LATENCY - 1, "begin")
        column, active = self.column, self.active
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
        m.d.comb += [
            mover.element.valid.eq(delay(m, active, ColumnChoice.LATENCY, "active")),
            mover.element.payload.eq(self.word.weight),
        ]
        return m
