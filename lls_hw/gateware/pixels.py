"""Pixel counter: position in the map, and in the cells of its latents."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.program.descriptor import FIELDS

__all__ = ["CELL_BITS", "PixelCounter"]

CELL_BITS = 2
"""A map has at most 2**CELL_BITS cells in each direction."""
_SIZE = FIELDS["out_width"]


class _Axis(data.Struct):
    """Place on one axis: ``cell = floor(place * cells / size)``, kept without a division."""

    place: _SIZE
    cell: CELL_BITS
    rest: _SIZE
    first: 1
    """First place of its cell."""


class PixelCounter(wiring.Component):
    """Walks over maps in row-major order, one pixel a `step`.

    All outputs describe the present pixel. The map is cut into 2**cell_bits cells in each
    direction; cells do not overlap and differ by at most one row or column.

    Parameters
    ----------
    maps : otherwise every map is one pixel, whatever `width`, `height` and `cell_bits` say.

    Members
    -------
    width, height, cell_bits : stable from two cycles before the first step; at least
        2**cell_bits pixels each way.
    restart : back to the first pixel; the saved place too.
    save : the place after this cycle's step is kept. restore : back to the one kept.
    row, column : position. row_end, map_end : last pixel of a row, of the map.
    cell_row, cell_column : cell of the pixel.
    cell_first, cell_last : first, last pixel of its cell in this order.
    cell_row_last : the next row of pixels belongs to the next row of cells.
    cell_column_last : the next pixel of the row belongs to the next cell.
    """

    width: In(_SIZE)
    height: In(_SIZE)
    cell_bits: In(2)
    restart: In(1)
    step: In(1)
    save: In(1)
    restore: In(1)
    row: Out(_SIZE)
    column: Out(_SIZE)
    row_end: Out(1)
    map_end: Out(1)
    cell_row: Out(CELL_BITS)
    cell_column: Out(CELL_BITS)
    cell_first: Out(1)
    cell_last: Out(1)
    cell_row_last: Out(1)
    cell_column_last: Out(1)

    def __init__(self, maps: bool = True) -> None:
        self._maps = maps
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        if not self._maps:
            for end in ("row_end", "map_end", "cell_first", "cell_last", "cell_row_last"):
                m.d.comb += getattr(self, end).eq(1)
            m.d.comb += self.cell_column_last.eq(1)
            return m
        origin = {"place": 0, "cell": 0, "rest": 0, "first": 1}
        x, y = Signal(_Axis, init=origin), Signal(_Axis, init=origin)
        saved_x, saved_y = Signal(_Axis, init=origin), Signal(_Axis, init=origin)
        next_x, next_y = Signal(_Axis), Signal(_Axis)
        bottom = Signal()
        last_column, last_row = Signal(_SIZE), Signal(_SIZE)
        m.d.sync += [last_column.eq(self.width - 1), last_row.eq(self.height - 1)]
        cells = Signal(CELL_BITS + 1)
        m.d.comb += [
            cells.eq(1 << self.cell_bits),
            self.row.eq(y.place),
            self.column.eq(x.place),
            self.row_end.eq(x.place == last_column),
            bottom.eq(y.place == last_row),
            self.map_end.eq(self.row_end & bottom),
            self.cell_row.eq(y.cell),
            self.cell_column.eq(x.cell),
            self.cell_first.eq(x.first & y.first),
            self.cell_last.eq(self.cell_column_last & self.cell_row_last),
            next_x.eq(x),
            next_y.eq(y),
        ]
        enter = [self.step, self.step & self.row_end]
        ends = [self.row_end, bottom]
        lasts = [self.cell_column_last, self.cell_row_last]
        sizes = [self.width, self.height]
        for now, following, enabled, end, last, size in zip(
            [x, y], [next_x, next_y], enter, ends, lasts, sizes, strict=True
        ):
            rest = Signal(_SIZE + 1)
            m.d.comb += [rest.eq(now.rest + cells), last.eq(rest >= size)]
            with m.If(enabled & end):
                m.d.comb += following.eq(_Axis.const(origin))
            with m.Elif(enabled):
                m.d.comb += [
                    following.place.eq(now.place + 1),
                    following.cell.eq(now.cell + last),
                    following.rest.eq(Mux(last, rest - size, rest)),
                    following.first.eq(last),
                ]
        for now, kept, following in ((x, saved_x, next_x), (y, saved_y, next_y)):
            m.d.sync += now.eq(Mux(self.restore, kept, following))
            with m.If(self.save):
                m.d.sync += kept.eq(following)
            with m.If(self.restart):
                m.d.sync += [now.eq(_Axis.const(origin)), kept.eq(_Axis.const(origin))]
        return m
