"""Pixel address: word of a pixel's first tap, or of its place in the image memory."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.ports import PixelPlace, PixelWalk, input_address_bits

__all__ = ["PixelAddress"]


class PixelAddress(wiring.Component):
    """Follows the pixels: a step in a row, a step to the next row, a step to the next map.

    Rows of a packed layer lie in one bank of the image memory after another; in the last of them
    the address moves on. The outputs come from registers and belong to the present pixel.

    Members
    -------
    operation : descriptor, stable.
    walk : commands. rewind : `walk.save` ends the batch: back to its first pixel.
    pixel : where the present pixel lies in its map.
    addr, bank : the word; of a packed layer, the bank as well.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "walk": In(PixelWalk()),
                "rewind": In(1),
                "pixel": In(PixelPlace()),
                "addr": Out(input_address_bits(config)),
                "bank": Out(ceil_log2(IMAGE_BANKS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, walk, pixel = self.operation, self.walk, self.pixel
        following, kept = (Signal.like(self.addr, name=name) for name in ("following", "kept"))
        next_bank, kept_bank = (Signal.like(self.bank, name=n) for n in ("next_bank", "kept_bank"))
        row_end, map_end = Signal(), Signal()
        m.d.comb += [
            row_end.eq(walk.step & pixel.row_end),
            map_end.eq(walk.step & pixel.map_end),
            following.eq(self.addr),
            next_bank.eq(self.bank + row_end),
        ]
        with m.If(row_end & op.packed & self.bank.all()):
            m.d.comb += following.eq(self.addr + 1)
        with m.Elif(map_end):
            m.d.comb += following.eq(self.addr + op.x_sample_step)
        with m.Elif(row_end):
            m.d.comb += following.eq(self.addr + op.x_row_step)
        with m.Elif(walk.step):
            m.d.comb += following.eq(self.addr + op.x_step)
        m.d.sync += [self.addr.eq(following), self.bank.eq(next_bank)]
        with m.If(walk.restart | (walk.save & self.rewind)):
            m.d.sync += [self.addr.eq(op.x_base), kept.eq(op.x_base)]
            m.d.sync += [self.bank.eq(0), kept_bank.eq(0)]
        with m.Elif(walk.save):
            m.d.sync += [kept.eq(following), kept_bank.eq(next_bank)]
        with m.Elif(walk.restore):
            m.d.sync += [self.addr.eq(kept), self.bank.eq(kept_bank)]
        return m
