"""Input address: which word of an input memory a tap of a pixel lies in."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.pixel_address import PixelAddress
from lls_hw.gateware.tiler.ports import InputPlace, PixelPlace, PixelWalk, TapPlace, TilePlace
from lls_hw.gateware.tiler.tap_offset import TapOffset

__all__ = ["InputAddress"]


class InputAddress(wiring.Component):
    """Address of the present pixel, kernel tap and input tile, in the same cycle.

    Members
    -------
    operation : descriptor, stable.
    walk, pixel, tap, tile : where the tiler is, and how it moves on.
    place : the word, and whether it is needed.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "walk": In(PixelWalk()),
                "pixel": In(PixelPlace()),
                "tap": In(TapPlace()),
                "tile": In(TilePlace()),
                "place": Out(InputPlace(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, pixel, tap, place = self.operation, self.pixel, self.tap, self.place
        m.submodules.word = word = PixelAddress(self._config)
        m.submodules.offset = offset = TapOffset(self._config)
        connect(m, flipped(self.walk), word.walk, offset.walk)
        connect(m, flipped(self.pixel), word.pixel)
        connect(m, flipped(self.tap), offset.tap)
        m.d.comb += [
            word.operation.eq(op),
            offset.operation.eq(op),
            word.rewind.eq(self.tile.ends_output),
            place.addr.eq(Mux(op.packed, word.addr, word.addr + offset.offset)),
            place.part.eq(offset.part),
            place.bank.eq(word.bank),
            place.inside.eq(
                ~(op.pad_first & tap.row_first & pixel.top)
                & ~(op.pad_first & tap.column_first & pixel.leftmost)
                & ~(op.pad_bottom & tap.row_last & pixel.bottom)
                & ~(op.pad_right & tap.column_last & pixel.row_end)
            ),
        ]
        return m
