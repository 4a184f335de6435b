"""Input addresses: which word of the activation memory a tap of a pixel lies in."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.tap_counter import TapCounter

__all__ = ["InputAddress"]


class InputAddress(wiring.Component):
    """Address of the present pixel, kernel tap and input tile.

    Pixels advance with `step`. `tile_end` moves on to the next tile: input tiles inside, columns
    of the kernel, its rows outside; it returns to the band's first pixel, or, from the last tap,
    to the pixel after the band. All outputs belong to the present cycle.

    Members
    -------
    operation : descriptor, stable. start : to the first pixel and tap.
    row_end, map_end, top, bottom, leftmost : where the present pixel lies.
    band_end : `tile_end` of the last tap. restart : with it: back to the first pixel of the batch.
    addr, part : word, and part of the word that holds the tile's channels. For a packed layer,
        `addr` is the pixel's word of the image memory and `phase` its bank.
    tile : input tile.
    inside : the tap lies inside the map.
    first_tap, last_tap : first, last tile that contributes to a sum.
    """

    def __init__(self, config: Config) -> None:
        self._maps = config.maps
        self._parts = config.act_word // config.rows
        self._image_bits = ceil_log2(IMAGE_BANKS)
        addr = max(ceil_log2(config.act_depth), ceil_log2(config.image_depth))
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "start": In(1),
                "step": In(1),
                "row_end": In(1),
                "map_end": In(1),
                "top": In(1),
                "bottom": In(1),
                "leftmost": In(1),
                "tile_end": In(1),
                "band_end": In(1),
                "restart": In(1),
                "addr": Out(addr),
                "phase": Out(self._image_bits),
                "tile": Out(FIELDS["in_tiles"]),
                "part": Out(ceil_log2(self._parts)),
                "inside": Out(1),
                "first_tap": Out(1),
                "last_tap": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op = self.operation
        pixel, following, band = (Signal.like(self.addr, name=n) for n in ("pixel", "next", "band"))
        band_phase, next_phase = Signal.like(self.phase), Signal.like(self.phase)
        m.d.comb += [following.eq(pixel), next_phase.eq(self.phase + (self.step & self.row_end))]
        with m.If(self.step & self.row_end & op.packed & self.phase.all()):
            m.d.comb += following.eq(pixel + 1)
        with m.Elif(self.step & self.map_end):
            m.d.comb += following.eq(pixel + op.x_sample_step)
        with m.Elif(self.step & self.row_end):
            m.d.comb += following.eq(pixel + op.x_row_step)
        with m.Elif(self.step):
            m.d.comb += following.eq(pixel + op.x_step)
        m.d.sync += [pixel.eq(following), self.phase.eq(next_phase)]
        with m.If(self.start | (self.band_end & self.restart)):
            m.d.sync += [pixel.eq(op.x_base), band.eq(op.x_base)]
            m.d.sync += [self.phase.eq(0), band_phase.eq(0)]
        with m.Elif(self.band_end):
            m.d.sync += [band.eq(following), band_phase.eq(next_phase)]
        with m.Elif(self.tile_end):
            m.d.sync += [pixel.eq(band), self.phase.eq(band_phase)]
        self._taps(m, pixel)
        return m

    def _taps(self, m, pixel):
        """Offsets of the tap and of the input tile."""
        op = self.operation
        row, column = Signal.like(self.addr), Signal.like(self.addr)
        offset = Signal.like(self.addr)
        m.submodules.tiles = tiles = TapCounter(len(op.in_tiles))
        m.submodules.kx = kx = TapCounter(len(op.kernel_width), self._maps)
        m.submodules.ky = ky = TapCounter(len(op.kernel_height), self._maps)
        last_part, last_line = Signal(), Signal()
        m.d.comb += [
            tiles.size.eq(op.in_tiles),
            kx.size.eq(op.kernel_width),
            ky.size.eq(op.kernel_height),
            tiles.step.eq(self.tile_end),
            kx.step.eq(self.tile_end & tiles.last),
            ky.step.eq(self.tile_end & tiles.last & kx.last),
            last_part.eq(self.part == self._parts - 1),
            last_line.eq(tiles.last & kx.last),
            self.tile.eq(tiles.index),
            self.last_tap.eq(last_line & ky.last),
            self.first_tap.eq(tiles.first & kx.first & ky.first),
            self.addr.eq(Mux(op.packed, pixel, pixel + offset)),
            self.inside.eq(
                ~(op.pad_first & ky.first & self.top)
                & ~(op.pad_first & kx.first & self.leftmost)
                & ~(op.pad_bottom & ky.last & self.bottom)
                & ~(op.pad_right & kx.last & self.row_end)
            ),
        ]
        for counter in (tiles, kx, ky):
            m.d.comb += counter.restart.eq(self.start)
        next_column, next_row = Signal.like(self.addr), Signal.like(self.addr)
        m.d.comb += [
            next_column.eq(column + op.tap_step),
            next_row.eq(row + op.tap_row_step),
        ]
        with m.If(self.start | self.band_end):
            m.d.sync += [s.eq(0) for s in (row, column, offset, self.part)]
        with m.Elif(self.tile_end & last_line):
            m.d.sync += [row.eq(next_row), column.eq(next_row), offset.eq(next_row)]
            m.d.sync += self.part.eq(0)
        with m.Elif(self.tile_end & tiles.last):
            m.d.sync += [column.eq(next_column), offset.eq(next_column), self.part.eq(0)]
        with m.Elif(self.tile_end):
            m.d.sync += [self.part.eq(self.part + 1), offset.eq(offset + last_part)]
