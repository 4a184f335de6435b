"""Output counter: which output of a forward operation the next finished sum is."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import CELL_BITS
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.pixels import PixelCounter

__all__ = ["Output", "OutputCounter"]

_COLUMN = FIELDS["out_width"]


class Output(data.Struct):
    """One output of all columns, as it travels beside its sums."""

    valid: 1
    """There is an output."""
    complete: 1
    """Its cell is complete with it."""
    tile_end: 1
    """It is the last of its output tile."""
    odd_row: 1
    column: _COLUMN


class OutputCounter(wiring.Component):
    """Counts outputs in the order in which they come: pixels, samples, output tiles.

    Members
    -------
    operation : descriptor, stable from two cycles before the first step.
    restart : to the first output. step : there is an output now; the next one follows.
    cell, cell_first : cell of the present pixel; the pixel is the cell's first.
    o : the output, in the cycle of `step`.
    """

    operation: In(ARRAY_LAYOUT)
    restart: In(1)
    step: In(1)
    cell: Out(2 * CELL_BITS)
    cell_first: Out(1)
    o: Out(Output)

    def __init__(self, config: Config) -> None:
        self._maps = config.maps
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.pixels = pixels = PixelCounter(self._maps)
        pixel = pixels.pixel
        sample, last_sample = (
            Signal.like(self.operation.samples, name=name) for name in ("sample", "last_sample")
        )
        map_end, batch_end = Signal(), Signal()
        m.d.sync += last_sample.eq(self.operation.samples - 1)
        m.d.comb += [
            map_end.eq(self.step & pixel.map_end),
            batch_end.eq(map_end & (sample == last_sample)),
            pixels.operation.eq(self.operation),
            pixels.walk.restart.eq(self.restart),
            pixels.walk.step.eq(self.step),
            self.cell.eq(Cat(pixel.cell_column, pixel.cell_row)),
            self.cell_first.eq(pixel.cell_first),
            self.o.valid.eq(self.step),
            self.o.complete.eq(self.step & pixel.cell_last),
            self.o.tile_end.eq(batch_end),
            self.o.odd_row.eq(pixel.row[0]),
            self.o.column.eq(pixel.column),
        ]
        with m.If(self.restart):
            m.d.sync += sample.eq(0)
        with m.Elif(map_end):
            m.d.sync += sample.eq(Mux(batch_end, 0, sample + 1))
        return m
