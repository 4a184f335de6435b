"""Pixel counter: position in the map, and in the cells of its latents."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.axis_counter import AxisCounter
from lls_hw.gateware.tiler.ports import PixelPlace, PixelWalk

__all__ = ["PixelCounter"]


class PixelCounter(wiring.Component):
    """Walks over maps in row-major order, one pixel a `walk.step`.

    After a map's last pixel comes the first of the next map. A map is cut into 2**cell_bits cells
    in each direction; cells do not overlap and differ by at most one row or column.

    Parameters
    ----------
    maps : otherwise every map is one pixel, whatever the descriptor says.

    Members
    -------
    operation : descriptor; `out_width`, `out_height` and `cell_bits` are stable from two cycles
        before the first step. A map has at least 2**cell_bits pixels each way.
    walk : commands.
    pixel : the present pixel; it changes in the cycle after a command.
    """

    operation: In(ARRAY_LAYOUT)
    walk: In(PixelWalk())
    pixel: Out(PixelPlace())

    def __init__(self, maps: bool = True) -> None:
        self._maps = maps
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        pixel = self.pixel
        if not self._maps:
            for flag in PixelPlace.FLAGS:
                m.d.comb += getattr(pixel, flag).eq(1)
            return m
        m.submodules.x = x = AxisCounter()
        m.submodules.y = y = AxisCounter()
        connect(m, flipped(self.walk), x.walk, y.walk)
        cells = Signal.like(x.cells)
        m.d.comb += [
            cells.eq(1 << self.operation.cell_bits),
            x.cells.eq(cells),
            y.cells.eq(cells),
            x.size.eq(self.operation.out_width),
            y.size.eq(self.operation.out_height),
            x.carry.eq(1),
            y.carry.eq(x.at.end),
            pixel.row.eq(y.at.place),
            pixel.column.eq(x.at.place),
            pixel.top.eq(y.at.place == 0),
            pixel.bottom.eq(y.at.end),
            pixel.leftmost.eq(x.at.place == 0),
            pixel.row_end.eq(x.at.end),
            pixel.map_end.eq(x.at.end & y.at.end),
            pixel.cell_row.eq(y.at.cell),
            pixel.cell_column.eq(x.at.cell),
            pixel.cell_first.eq(x.at.cell_first & y.at.cell_first),
            pixel.cell_last.eq(x.at.cell_last & y.at.cell_last),
            pixel.cell_row_last.eq(y.at.cell_last),
            pixel.cell_column_last.eq(x.at.cell_last),
        ]
        return m
