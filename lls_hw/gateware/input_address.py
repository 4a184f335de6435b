"""Input addresses: which word of the activation memory a tap of a pixel lies in."""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.config import IMAGE_BANKS, Config
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT
from lls_hw.program.descriptor import FIELDS

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
    restart : with `tile_end` of the last tap: back to the first pixel of the batch.
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
                "operation": In(DESCRIPTOR_LAYOUT),
                "start": In(1),
                "step": In(1),
                "row_end": In(1),
                "map_end": In(1),
                "top": In(1),
                "bottom": In(1),
                "leftmost": In(1),
                "tile_end": In(1),
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
        with m.If(self.start | (self.tile_end & self.last_tap & self.restart)):
            m.d.sync += [pixel.eq(op.x_base), band.eq(op.x_base)]
            m.d.sync += [self.phase.eq(0), band_phase.eq(0)]
        with m.Elif(self.tile_end & self.last_tap):
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
        ky, kx = Signal.like(op.kernel_height), Signal.like(op.kernel_width)
        tile = self.tile
        last_tile, last_kx, last_ky = Signal(), Signal(), Signal()
        sizes = (op.in_tiles, op.kernel_width, op.kernel_height)
        ends = [Signal.like(size, name=f"end_{k}") for k, size in enumerate(sizes)]
        m.d.sync += [end.eq(size - 1) for end, size in zip(ends, sizes, strict=True)]
        m.d.comb += [
            last_tile.eq(tile == ends[0]),
            last_kx.eq((kx == ends[1]) if self._maps else 1),
            last_ky.eq((ky == ends[2]) if self._maps else 1),
            self.last_tap.eq(last_tile & last_kx & last_ky),
            self.first_tap.eq((tile == 0) & (kx == 0) & (ky == 0)),
            self.addr.eq(Mux(op.packed, pixel, pixel + offset)),
            self.inside.eq(
                ~(op.pad_first & (ky == 0) & self.top)
                & ~(op.pad_first & (kx == 0) & self.leftmost)
                & ~(op.pad_bottom & last_ky & self.bottom)
                & ~(op.pad_right & last_kx & self.row_end)
            ),
        ]
        with m.If(self.start | (self.tile_end & self.last_tap)):
            m.d.sync += [s.eq(0) for s in (row, column, offset, ky, kx, tile, self.part)]
        with m.Elif(self.tile_end):
            m.d.sync += [
                tile.eq(tile + 1),
                self.part.eq(self.part + 1),
                offset.eq(offset + (self.part == self._parts - 1)),
            ]
            # Without maps the last tile is the last tap: the kernel has no other.
            with m.If(last_tile if self._maps else Const(0)):
                m.d.sync += [tile.eq(0), self.part.eq(0), kx.eq(kx + 1)]
                m.d.sync += [column.eq(column + op.tap_step), offset.eq(column + op.tap_step)]
                with m.If(last_kx):
                    below = row + op.tap_row_step
                    m.d.sync += [kx.eq(0), ky.eq(ky + 1)]
                    m.d.sync += [row.eq(below), column.eq(below), offset.eq(below)]
