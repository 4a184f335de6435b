"""Tap walk: input tiles inside, columns of the kernel around them, its rows outside."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.ports import TapPlace
from lls_hw.gateware.tiler.tap_counter import TapCounter

__all__ = ["TapWalk"]


class TapWalk(wiring.Component):
    """Visits every input tile of every tap of the kernel, and begins again.

    `tap` changes in the cycle after a command. Steps are at least two cycles apart.

    Members
    -------
    operation : descriptor; `in_tiles`, `kernel_width` and `kernel_height` are stable from two
        cycles before the first step.
    restart : back to the first tile. step : to the next one.
    tap : the present tap and tile.
    """

    operation: In(ARRAY_LAYOUT)
    restart: In(1)
    step: In(1)
    tap: Out(TapPlace())

    def __init__(self, config: Config) -> None:
        self._maps = config.maps
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        op, tap = self.operation, self.tap
        m.submodules.tiles = tiles = TapCounter(len(op.in_tiles))
        m.submodules.columns = columns = TapCounter(len(op.kernel_width), self._maps)
        m.submodules.rows = rows = TapCounter(len(op.kernel_height), self._maps)
        for counter in (tiles, columns, rows):
            m.d.comb += counter.restart.eq(self.restart)
        m.d.comb += [
            tiles.size.eq(op.in_tiles),
            columns.size.eq(op.kernel_width),
            rows.size.eq(op.kernel_height),
            tiles.step.eq(self.step),
            columns.step.eq(self.step & tiles.last),
            rows.step.eq(self.step & tiles.last & columns.last),
            tap.tile.eq(tiles.index),
            tap.tile_last.eq(tiles.last),
            tap.column_first.eq(columns.first),
            tap.column_last.eq(columns.last),
            tap.row_first.eq(rows.first),
            tap.row_last.eq(rows.last),
            tap.first.eq(tiles.first & columns.first & rows.first),
            tap.last.eq(tiles.last & columns.last & rows.last),
        ]
        return m
