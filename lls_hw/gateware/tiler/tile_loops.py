"""Tile loops: output tiles, bands of pixels and taps, around the walk over a band's pixels."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.bands import Bands
from lls_hw.gateware.tiler.ports import BandSize, PixelWalk, TapPlace, TilePlace, TileStrobes
from lls_hw.gateware.tiler.tap_counter import TapCounter
from lls_hw.gateware.tiler.tap_walk import TapWalk

__all__ = ["TileLoops"]


class TileLoops(wiring.Component):
    """Moves on to the next tile at the end of each tile, and sends the pixels back.

    The loops are, outermost first: output tiles; bands of pixels; taps. A band's pixels come
    again for each tap, and the batch's pixels for each output tile.

    Members
    -------
    operation, gradient : stable from four cycles before the first tile begins.
    strobes : what this cycle is for. All outputs change in the cycle after `strobes.tile_end`.
    band : length of the present tile.
    tap, tile : where the present tile lies.
    walk : commands for the pixels.
    """

    operation: In(ARRAY_LAYOUT)
    gradient: In(1)
    strobes: In(TileStrobes())
    band: Out(BandSize())
    tap: Out(TapPlace())
    tile: Out(TilePlace())
    walk: Out(PixelWalk())

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        strobes, tile, walk = self.strobes, self.tile, self.walk
        m.submodules.outputs = outputs = TapCounter(len(self.operation.out_tiles))
        m.submodules.bands = bands = Bands(self._config)
        m.submodules.taps = taps = TapWalk(self._config)
        connect(m, bands.size, flipped(self.band))
        connect(m, taps.tap, flipped(self.tap))
        band_end, tap_end = Signal(), Signal()  # `tile_end` of the last tap, of another one
        m.d.sync += [
            band_end.eq(strobes.turning & taps.tap.last),
            tap_end.eq(strobes.turning & ~taps.tap.last),
        ]
        m.d.comb += [
            outputs.size.eq(self.operation.out_tiles),
            outputs.restart.eq(strobes.start),
            outputs.step.eq(band_end & bands.final),
            bands.operation.eq(self.operation),
            bands.gradient.eq(self.gradient),
            bands.restart.eq(strobes.waiting),
            bands.advance.eq(band_end),
            taps.operation.eq(self.operation),
            taps.restart.eq(strobes.start),
            taps.step.eq(strobes.tile_end),
            tile.output.eq(outputs.index),
            tile.ends_band.eq(taps.tap.last),
            tile.ends_output.eq(taps.tap.last & bands.final),
            tile.ends_operation.eq(tile.ends_output & outputs.last),
            walk.restart.eq(strobes.start),
            walk.step.eq(strobes.streaming),
            walk.save.eq(band_end),
            walk.restore.eq(tap_end),
        ]
        return m
