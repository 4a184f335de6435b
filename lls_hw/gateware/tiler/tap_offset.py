"""Tap offset: from a pixel's first word to the word that a tap and an input tile need."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.ports import PixelWalk, TapPlace, input_address_bits

__all__ = ["TapOffset"]


class TapOffset(wiring.Component):
    """Adds up the steps from tile to tile.

    The outputs come from registers and belong to the present tile.

    Members
    -------
    operation : descriptor, stable.
    walk : `restart` and `save` go to the first tile, `restore` to the next.
    tap : the present tile.
    offset : words from the pixel's first tap.
    part : part of the word that holds the tile's channels.
    """

    def __init__(self, config: Config) -> None:
        self._parts = config.act_word // config.rows
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "walk": In(PixelWalk()),
                "tap": In(TapPlace()),
                "offset": Out(input_address_bits(config)),
                "part": Out(ceil_log2(self._parts)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        row, column, next_row, next_column = (
            Signal.like(self.offset, name=name)
            for name in ("row", "column", "next_row", "next_column")
        )
        last_part = Signal()
        m.d.comb += [
            next_column.eq(column + self.operation.tap_step),
            next_row.eq(row + self.operation.tap_row_step),
            last_part.eq(self.part == self._parts - 1),
        ]
        with m.If(self.walk.restart | self.walk.save):
            m.d.sync += [row.eq(0), column.eq(0), self.offset.eq(0), self.part.eq(0)]
        with m.Elif(self.walk.restore & self.tap.tile_last & self.tap.column_last):
            m.d.sync += [row.eq(next_row), column.eq(next_row)]
            m.d.sync += [self.offset.eq(next_row), self.part.eq(0)]
        with m.Elif(self.walk.restore & self.tap.tile_last):
            m.d.sync += [column.eq(next_column), self.offset.eq(next_column), self.part.eq(0)]
        with m.Elif(self.walk.restore):
            m.d.sync += [self.offset.eq(self.offset + last_part), self.part.eq(self.part + 1)]
        return m
