"""Beat: what the tiler asks of the memories and of the array in one cycle."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.gateware.control import Control
from lls_hw.gateware.tiler.ports import (
    ErrorPlace,
    InputPlace,
    PixelPlace,
    TapPlace,
    TileStrobes,
)

__all__ = ["BeatRegister", "beat_layout"]


def beat_layout(config: Config) -> data.StructLayout:
    """One beat: what the tiler asks of the memories and of the array in one cycle."""
    return data.StructLayout(
        {
            "valid": 1,
            "inside": 1,
            "top": 1,
            "bottom": 1,
            "leftmost": 1,
            "rightmost": 1,
            "tile": range(max(config.patch_tiles, 2)),
            "image_addr": ceil_log2(config.image_depth),
            "image_row": ceil_log2(IMAGE_BANKS),
            "control": Control,
            "x_addr": ceil_log2(config.act_depth),
            "x_part": ceil_log2(config.act_word // config.rows),
            "load": 1,
            "weight_addr": ceil_log2(config.weight_depth),
            "index": ceil_log2(config.acc_depth),
            "sample": ceil_log2(config.max_batch),
            "latent_addr": ceil_log2(config.latent_depth),
            "sign_addr": ceil_log2(config.sign_depth),
            "first_sum": 1,
            "last_sum": 1,
        }
    )


class BeatRegister(wiring.Component):
    """Gathers a beat from the parts of the tiler; latency 1 cycle.

    Members
    -------
    gradient : the operation is a gradient.
    strobes, pixel, tap, input, error, weight_addr : the parts.
    beat : the beat.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "gradient": In(1),
                "strobes": In(TileStrobes()),
                "pixel": In(PixelPlace()),
                "tap": In(TapPlace()),
                "input": In(InputPlace(config)),
                "error": In(ErrorPlace(config)),
                "weight_addr": In(ceil_log2(config.weight_depth)),
                "beat": Out(beat_layout(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        beat, strobes, pixel, tap = self.beat, self.strobes, self.pixel, self.tap
        m.d.sync += [
            beat.valid.eq(strobes.streaming),
            beat.inside.eq(strobes.streaming & self.input.inside),
            beat.top.eq(pixel.top),
            beat.bottom.eq(pixel.bottom),
            beat.leftmost.eq(pixel.leftmost),
            beat.rightmost.eq(pixel.row_end),
            beat.tile.eq(tap.tile),
            beat.image_addr.eq(self.input.addr),
            beat.image_row.eq(self.input.bank),
            beat.x_addr.eq(self.input.addr),
            beat.x_part.eq(self.input.part),
            beat.load.eq(strobes.loading),
            beat.weight_addr.eq(self.weight_addr),
            beat.index.eq(strobes.count),
            beat.sample.eq(self.error.sample),
            beat.latent_addr.eq(self.error.latent_addr),
            beat.sign_addr.eq(self.error.sign_addr),
            beat.first_sum.eq(tap.first),
            beat.last_sum.eq(tap.last),
            beat.control.gradient.eq(self.gradient),
            beat.control.load.eq(strobes.load_first | self.gradient),
            beat.control.swap.eq(strobes.begin | self.gradient),
            beat.control.first.eq(strobes.begin),
            beat.control.last.eq(strobes.streaming & strobes.last_pixel & self.gradient),
        ]
        return m
