"""Which outputs count for the statistics of their channel."""

from amaranth.hdl import Array, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.channels import PIXEL_SAMPLE
from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.gateware.channels.ports import OutputWords

__all__ = ["PixelSampler"]

_PLACE_BITS = ceil_log2(PIXEL_SAMPLE)


class PixelSampler(wiring.Component):
    """`golden.normalisation.sampled_pixels`: at most one output of a word, in the next cycle.

    Output p of channel c counts when p + c + step divides PIXEL_SAMPLE, so the columns take turns.

    Members
    -------
    restart : to the first output of an operation. base : its first channel's address; stable.
    step : of the training.
    words : outputs of one pixel after the other.
    enable, addr, x : an output that counts, and its channel.
    """

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        addr = ceil_log2(config.channel_depth)
        super().__init__(
            {
                "restart": In(1),
                "base": In(addr),
                "step": In(_PLACE_BITS),
                "words": In(OutputWords(config)),
                "enable": Out(1),
                "addr": Out(addr),
                "x": Out(signed(ACT_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        place, first = Signal(_PLACE_BITS), Signal(_PLACE_BITS)
        tile = Signal.like(self.addr)
        m.d.sync += [
            self.enable.eq(self.words.written & (place < self._cols)),
            self.addr.eq(tile + place),
            self.x.eq(Array(self.words.word)[place[: ceil_log2(self._cols)]]),
        ]
        with m.If(self.restart):
            m.d.sync += [tile.eq(self.base), first.eq(-self.step), place.eq(-self.step)]
        with m.Elif(self.words.tile_end):
            m.d.sync += [
                tile.eq(tile + self._cols),
                first.eq(first - self._cols),
                place.eq(first - self._cols),
            ]
        with m.Elif(self.words.written):
            m.d.sync += place.eq(place - 1)
        return m
