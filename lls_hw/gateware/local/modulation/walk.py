"""Walk over the entries of a modulation."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS
from lls_hw.gateware.local.command import command_layout

__all__ = ["ENTRY_TAG", "ModulationWalk"]

ENTRY_TAG = data.StructLayout(
    {
        "valid": 1,
        "backward": 1,
        "row": CLASS_BITS,
        "column": CLASS_BITS,
        "outer": CLASS_BITS,
        "first": 1,
        "last": 1,
        "final": 1,
    }
)
"""Of an entry [i, j]: `row` i, `column` j, `outer` j forward and i backward; it is the first or
last of a sum, or the final entry of all."""


class ModulationWalk(wiring.Component):
    """One entry a cycle: entry i = j of a vector, or all entries [i, j] of a matrix.

    A matrix lies row by row. Forward, j is the outer index, so that products with values of i
    can be summed; backward, i is. With a start in cycle t, `tag.valid` is high and the x-th entry
    is out in cycle t + 1 + x.

    Members
    -------
    command : stable. forward, backward : start.
    addr : of the entry. tag : what it is.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "command": In(command_layout(config)),
                "forward": In(1),
                "backward": In(1),
                "addr": Out(ceil_log2(config.modulation_depth)),
                "tag": Out(ENTRY_TAG),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command, tag = self.command, self.tag
        inner, last_class = Signal(CLASS_BITS), Signal(CLASS_BITS)
        line, following = Signal.like(self.addr), Signal.like(self.addr)
        vector, start, rows = Signal(), Signal(), Signal()
        m.d.sync += last_class.eq(command.classes - 1)
        m.d.comb += [
            vector.eq(command.modulation != 2),
            start.eq(self.forward | self.backward),
            rows.eq(tag.backward & ~vector),
            tag.row.eq(Mux(tag.backward | vector, tag.outer, inner)),
            tag.column.eq(Mux(rows, inner, tag.outer)),
            tag.first.eq(vector | (inner == 0)),
            tag.last.eq(vector | (inner == last_class)),
            tag.final.eq(tag.last & (tag.outer == last_class)),
            following.eq(line + Mux(rows, command.classes, 1)),
        ]
        with m.If(start):
            m.d.sync += [
                tag.valid.eq(1),
                tag.backward.eq(self.backward),
                tag.outer.eq(0),
                inner.eq(0),
                line.eq(command.modulation_base),
                self.addr.eq(command.modulation_base),
            ]
        with m.Elif(tag.valid & tag.last):
            m.d.sync += [
                tag.valid.eq(~tag.final),
                tag.outer.eq(tag.outer + 1),
                inner.eq(0),
                line.eq(following),
                self.addr.eq(following),
            ]
        with m.Elif(tag.valid):
            m.d.sync += [
                inner.eq(inner + 1),
                self.addr.eq(self.addr + Mux(tag.backward, 1, command.classes)),
            ]
        return m
