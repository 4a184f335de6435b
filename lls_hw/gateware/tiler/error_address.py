"""Error address: words of a pixel's error and sign, and the sample that it belongs to."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.ports import ErrorPlace, PixelPlace, TilePlace, TileStrobes

__all__ = ["ErrorAddress"]


class ErrorAddress(wiring.Component):
    """Follows the pixels of a gradient; each tile goes through all pixels of the batch.

    All pixels of a cell have one error, that of the cell's latent; every pixel has its own sign.
    `place` comes from registers and belongs to the present pixel.

    Members
    -------
    operation : descriptor, stable from `strobes.start` on.
    strobes, tile, pixel : what this cycle is for, and where the tiler is.
    place : the words and the sample.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "strobes": In(TileStrobes()),
                "tile": In(TilePlace()),
                "pixel": In(PixelPlace()),
                "place": Out(ErrorPlace(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, strobes, tile, pixel = self.operation, self.strobes, self.tile, self.pixel
        cell, sign, sample = self.place.latent_addr, self.place.sign_addr, self.place.sample
        row, next_row, row_step, latent, next_latent = (
            Signal.like(cell, name=name)
            for name in ("row", "next_row", "row_step", "latent", "next_latent")
        )
        first_sign, next_sign = (Signal.like(sign, name=name) for name in ("first", "next"))
        first_latent = Mux(tile.ends_output, next_latent, latent)
        m.d.comb += next_row.eq(row + Mux(pixel.cell_row_last, row_step, 0))
        m.d.sync += [
            row_step.eq(op.out_stride << op.cell_bits),
            latent.eq(op.latent_base + tile.output),
            next_latent.eq(op.latent_base + tile.output + 1),
            first_sign.eq(op.sign_base + tile.output),
            next_sign.eq(op.sign_base + tile.output + 1),
        ]
        with m.If(strobes.start):
            m.d.sync += [cell.eq(op.latent_base), row.eq(op.latent_base)]
            m.d.sync += [sign.eq(op.sign_base), sample.eq(0)]
        with m.Elif(strobes.tile_end):
            m.d.sync += [cell.eq(first_latent), row.eq(first_latent), sample.eq(0)]
            m.d.sync += sign.eq(Mux(tile.ends_output, next_sign, first_sign))
        with m.Elif(strobes.streaming):
            m.d.sync += [sign.eq(sign + op.out_stride), sample.eq(sample + pixel.map_end)]
            with m.If(pixel.row_end):
                m.d.sync += [row.eq(next_row), cell.eq(next_row)]
            with m.Elif(pixel.cell_column_last):
                m.d.sync += cell.eq(cell + op.out_stride)
        return m
