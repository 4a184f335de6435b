"""Choice of one column's word."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import word_layout

__all__ = ["ColumnChoice"]


class ColumnChoice(wiring.Component):
    """Brings the word of one column to one place; latency LATENCY, one word a cycle.

    The columns are far apart: one register gathers the words of GROUP neighbours, another one
    those of all groups.

    Members
    -------
    words : of the columns. column : whose word is wanted. word : the word.
    """

    GROUP = 4
    LATENCY = 2

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        word = word_layout(config.momentum)
        super().__init__(
            {
                "words": In(data.ArrayLayout(word, config.cols)),
                "column": In(ceil_log2(config.cols)),
                "word": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = ceil_log2(min(self.GROUP, self._cols))
        gathered = []
        for first in range(0, self._cols, 1 << bits):
            group = [self.words[c].as_value() for c in range(first, first + (1 << bits))]
            gathered.append(Signal(len(group[0]), name=f"gathered_{first}"))
            m.d.sync += gathered[-1].eq(Array(group)[self.column[:bits]])
        chosen = delay(m, self.column[bits:], self.LATENCY - 1, "group")
        m.d.sync += self.word.as_value().eq(Array(gathered)[chosen])
        return m
