"""Walk over the entries of a modulation."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import CLASS_BITS, command_layout

__all__ = ["ModulationWalk"]


class ModulationWalk(wiring.Component):
    """One entry a cycle: entry i = j of a vector, or all entries [i, j] of a matrix.

    A matrix lies row by row. Forward, j is the outer index, so that products with values of i
    can be summed; backward, i is. With `start` in cycle t, `valid` is high and the x-th entry is
    out in cycle t + 1 + x.

    Members
    -------
    command : stable. backward : order; stable from `start` on.
    addr : of the entry. row, column : i, j. outer : j forward, i backward.
    first, last : of a sum. final : last entry of all.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "command": In(command_layout(config)),
                "start": In(1),
                "backward": In(1),
                "valid": Out(1),
                "addr": Out(ceil_log2(config.modulation_depth)),
                "row": Out(CLASS_BITS),
                "column": Out(CLASS_BITS),
                "outer": Out(CLASS_BITS),
                "first": Out(1),
                "last": Out(1),
                "final": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        command = self.command
        inner, last_class = Signal(CLASS_BITS), Signal(CLASS_BITS)
        line, following = Signal.like(self.addr), Signal.like(self.addr)
        vector = command.modulation != 2
        across = self.backward | vector
        m.d.sync += last_class.eq(command.classes - 1)
        m.d.comb += [
            self.row.eq(Mux(across, self.outer, inner)),
            self.column.eq(Mux(self.backward & ~vector, inner, self.outer)),
            self.first.eq(vector | (inner == 0)),
            self.last.eq(vector | (inner == last_class)),
            self.final.eq(self.last & (self.outer == last_class)),
            following.eq(line + Mux(self.backward & ~vector, command.classes, 1)),
        ]
        with m.If(self.start):
            m.d.sync += [
                self.valid.eq(1),
                self.outer.eq(0),
                inner.eq(0),
                line.eq(command.modulation_base),
                self.addr.eq(command.modulation_base),
            ]
        with m.Elif(self.valid & self.last):
            m.d.sync += [
                self.valid.eq(~self.final),
                self.outer.eq(self.outer + 1),
                inner.eq(0),
                line.eq(following),
                self.addr.eq(following),
            ]
        with m.Elif(self.valid):
            m.d.sync += [
                inner.eq(inner + 1),
                self.addr.eq(self.addr + Mux(self.backward, 1, command.classes)),
            ]
        return m
