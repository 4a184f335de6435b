"""Axis counter: place on one axis of a map, and the cell that it lies in."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import CELL_BITS
from lls_hw.gateware.tiler.ports import AxisPlace, PixelWalk

__all__ = ["AxisCounter"]

_SIZE = FIELDS["out_width"]


class _Place(data.Struct):
    """What is kept of a place, so that the next one needs no division."""

    place: _SIZE
    cell: CELL_BITS
    ahead: _SIZE + 1
    """place * cells mod size, plus cells: the next place lies in the next cell from `size` on."""
    cell_first: 1
    cell_last: 1
    end: 1


class AxisCounter(wiring.Component):
    """Counts the places 0 .. size - 1 and begins again; cells differ by at most one place.

    `at` describes the present place, which changes in the cycle after a command.

    Members
    -------
    size, cells : stable from two cycles before the first step; `size` is at least `cells`.
    walk : commands. carry : a step counts only with it.
    at : the place.
    """

    size: In(_SIZE)
    cells: In(CELL_BITS + 1)
    walk: In(PixelWalk())
    carry: In(1)
    at: Out(AxisPlace())

    def elaborate(self, platform):
        m = Module()
        size, cells, walk = self.size, self.cells, self.walk
        now, kept, origin, onwards, following = (
            Signal(_Place, name=name) for name in ("now", "kept", "origin", "onwards", "following")
        )
        before_end = Signal.like(size)
        within, beyond = (Signal(signed(_SIZE + 2), name=name) for name in ("within", "beyond"))
        reached = Signal(signed(_SIZE + 3))  # how far the next `ahead` lies above `size`
        m.d.sync += [
            before_end.eq(size - 2),
            within.eq(cells - size),
            beyond.eq(cells - (size << 1)),
            now.eq(Mux(walk.restart, origin, Mux(walk.restore, kept, following))),
        ]
        with m.If(walk.save | walk.restart):
            m.d.sync += kept.eq(Mux(walk.restart, origin, following))
        m.d.comb += [
            origin.ahead.eq(cells),
            origin.cell_first.eq(1),
            origin.cell_last.eq(cells >= size),
            origin.end.eq(size == 1),
            reached.eq(now.ahead + Mux(now.cell_last, beyond, within)),
            onwards.place.eq(now.place + 1),
            onwards.cell.eq(now.cell + now.cell_last),
            onwards.ahead.eq(now.ahead + Mux(now.cell_last, within, cells)),
            onwards.cell_first.eq(now.cell_last),
            onwards.cell_last.eq(reached >= 0),
            onwards.end.eq(now.place == before_end),
            following.eq(Mux(walk.step & self.carry, Mux(now.end, origin, onwards), now)),
        ]
        for name in self.at.signature.members:
            m.d.comb += getattr(self.at, name).eq(getattr(now, name))
        return m
