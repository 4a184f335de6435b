"""Pixel counter: position in the map, and in the cells of its latents."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.descriptor import FIELDS

__all__ = ["CELL_BITS", "PixelCounter"]

CELL_BITS = 2
"""A map has at most 2**CELL_BITS cells in each direction."""
_SIZE = FIELDS["out_width"]


class _Axis(data.Struct):
    """Place on one axis: ``cell = floor(place * cells / size)``, kept without a division."""

    place: _SIZE
    cell: CELL_BITS
    ahead: _SIZE + 1
    """place * cells mod size, plus cells: the next place lies in the next cell from `size` on."""
    first: 1
    """First place of its cell."""
    last: 1
    """Last place of its cell."""
    end: 1
    """Last place."""


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
    row, column : position. row_end, bottom, map_end : last pixel of a row, last row, both.
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
    bottom: Out(1)
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
            for end in ("row_end", "bottom", "map_end", "cell_first", "cell_last"):
                m.d.comb += getattr(self, end).eq(1)
            m.d.comb += [self.cell_row_last.eq(1), self.cell_column_last.eq(1)]
            return m
        cells = Signal(CELL_BITS + 1)
        x, y = Signal(_Axis), Signal(_Axis)
        m.d.comb += [
            cells.eq(1 << self.cell_bits),
            self.row.eq(y.place),
            self.column.eq(x.place),
            self.row_end.eq(x.end),
            self.bottom.eq(y.end),
            self.map_end.eq(x.end & y.end),
            self.cell_row.eq(y.cell),
            self.cell_column.eq(x.cell),
            self.cell_first.eq(x.first & y.first),
            self.cell_last.eq(x.last & y.last),
            self.cell_row_last.eq(y.last),
            self.cell_column_last.eq(x.last),
        ]
        self._axis(m, x, "x", self.width, cells, self.step)
        self._axis(m, y, "y", self.height, cells, self.step & x.end)
        return m

    def _axis(self, m, now, name, size, cells, step):
        """Place on one axis, and the place that is kept."""
        origin, onwards, following, kept = (
            Signal(_Axis, name=f"{name}_{role}")
            for role in ("origin", "onwards", "following", "kept")
        )
        before_end = Signal(_SIZE, name=f"{name}_before_end")
        within, beyond = (
            Signal(signed(_SIZE + 2), name=f"{name}_{role}") for role in ("within", "beyond")
        )
        reached = Signal(signed(_SIZE + 3), name=f"{name}_reached")
        m.d.sync += [
            before_end.eq(size - 2),
            within.eq(cells - size),
            beyond.eq(cells - (size << 1)),
        ]
        m.d.comb += [
            origin.ahead.eq(cells),
            origin.first.eq(1),
            origin.last.eq(cells >= size),
            origin.end.eq(size == 1),
            # How far the next place's `ahead` lies above `size`.
            reached.eq(now.ahead + Mux(now.last, beyond, within)),
            onwards.place.eq(now.place + 1),
            onwards.cell.eq(now.cell + now.last),
            onwards.ahead.eq(now.ahead + Mux(now.last, within, cells)),
            onwards.first.eq(now.last),
            onwards.last.eq(reached >= 0),
            onwards.end.eq(now.place == before_end),
            following.eq(Mux(step, Mux(now.end, origin, onwards), now)),
        ]
        m.d.sync += now.eq(Mux(self.restart, origin, Mux(self.restore, kept, following)))
        with m.If(self.save | self.restart):
            m.d.sync += kept.eq(Mux(self.restart, origin, following))
