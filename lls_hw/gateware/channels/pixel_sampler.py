"""Which outputs count for the statistics of their channel."""

from amaranth.hdl import Array, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.channels import PIXEL_TURN, STRIDE_MAX
from lls_hw.contract.config import Config
from lls_hw.contract.formats import ACT_BITS
from lls_hw.gateware.channels.ports import OutputWords

__all__ = ["PixelSampler"]


class PixelSampler(wiring.Component):
    """`golden.normalisation.sampled_pixels`: at most one output of a word, in the next cycle.

    The columns take turns: output p of channel o counts when the stride divides
    p + o + PIXEL_TURN * step.

    Members
    -------
    restart : to the first output of an operation. first, base : number and address of its first
        channel; stable.
    step : of the training. mask : one less than the stride.
    words : outputs of one pixel after the other.
    enable, addr, x : an output that counts, and its channel.
    """

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        addr = ceil_log2(config.channel_depth)
        super().__init__(
            {
                "restart": In(1),
                "first": In(addr),
                "base": In(addr),
                "step": In(STRIDE_MAX),
                "mask": In(STRIDE_MAX),
                "words": In(OutputWords(config)),
                "enable": Out(1),
                "addr": Out(addr),
                "x": Out(signed(ACT_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        place, turn, start = (Signal(STRIDE_MAX, name=name) for name in ("place", "turn", "start"))
        masked = Signal(STRIDE_MAX)
        bits = (bit for bit in range(PIXEL_TURN.bit_length()) if PIXEL_TURN >> bit & 1)
        turned = sum(self.step << bit for bit in bits)  # without a multiplier
        tile = Signal.like(self.addr)
        m.d.comb += masked.eq(place & self.mask)
        m.d.sync += [
            start.eq(-turned - self.first),
            self.enable.eq(self.words.written & (masked < self._cols)),
            self.addr.eq(tile + masked),
            self.x.eq(Array(self.words.word)[place[: ceil_log2(self._cols)]]),
        ]
        with m.If(self.restart):
            m.d.sync += [tile.eq(self.base), turn.eq(start), place.eq(start)]
        with m.Elif(self.words.tile_end):
            m.d.sync += [
                tile.eq(tile + self._cols),
                turn.eq(turn - self._cols),
                place.eq(turn - self._cols),
            ]
        with m.Elif(self.words.written):
            m.d.sync += place.eq(place - 1)
        return m
