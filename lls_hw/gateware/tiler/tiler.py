"""Tiler: walks over the tiles of one layer and issues one beat a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.gateware.control import Control
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT
from lls_hw.gateware.tiler.bands import Bands
from lls_hw.gateware.tiler.input_address import InputAddress
from lls_hw.gateware.tiler.pixels import PixelCounter
from lls_hw.gateware.tiler.tap_counter import TapCounter
from lls_hw.gateware.tiler.tile_timer import TileTimer

__all__ = ["Tiler", "beat_layout"]


def beat_layout(config: Config) -> data.StructLayout:
    """One beat: what the memories and the array are asked for in one cycle."""
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


class Tiler(wiring.Component):
    """Beats of a FORWARD or GRADIENT operation.

    Loops, outermost first: output tiles; bands of pixels (forward only); rows and
    columns of the kernel; input tiles; pixels. A forward tile's weights are requested during the
    tile before it; a preload of `rows` cycles fills the pipe. Takes `timing.forward_cycles` or
    `timing.gradient_cycles` cycles from `start` to the falling edge of `busy`; the last cycles
    let all pipelines run empty.

    Members
    -------
    operation : descriptor, stable while busy; `x_base` includes the buffer offset.
    start : strobe while not busy.
    busy : the operation is under way; `done` marks its last cycle.
    sample : ``beat.sample`` of the next cycle.
    beat : one beat a cycle, registered; not valid when idle. `inside`: the tap lies in the map.
        `index` : place of the pixel in its band. `top` .. `image_row` : for the patch packer.
        `latent_addr`, `sign_addr` : gradient only.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(DESCRIPTOR_LAYOUT),
                "gradient": In(1),
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "sample": Out(ceil_log2(config.max_batch)),
                "beat": Out(beat_layout(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op, beat = self._config, self.operation, self.beat
        m.submodules.timer = timer = TileTimer(config)
        m.submodules.pixels = pixels = PixelCounter(config.maps)
        m.submodules.inputs = inputs = InputAddress(config)
        m.submodules.bands = bands = Bands(config)
        m.submodules.outputs = outputs = TapCounter(len(op.out_tiles))
        tile_end, streaming = timer.tile_end, timer.streaming
        band_end, tap_end = Signal(), Signal()  # `tile_end` of the last tap, of another one
        m.d.sync += [
            band_end.eq(timer.turning & inputs.last_tap),
            tap_end.eq(timer.turning & ~inputs.last_tap),
        ]
        again, onwards = Signal(), Signal()
        m.d.comb += [
            again.eq(inputs.last_tap & ~bands.final),
            onwards.eq(inputs.last_tap & bands.final),
            timer.gradient.eq(self.gradient),
            timer.start.eq(self.start),
            timer.last_index.eq(bands.last_pixel),
            timer.turn.eq(bands.turn),
            timer.final.eq(onwards & outputs.last),
            self.busy.eq(timer.busy),
            self.done.eq(timer.done),
        ]
        m.d.comb += [
            bands.operation.eq(op),
            bands.gradient.eq(self.gradient),
            bands.restart.eq(timer.waiting),
            bands.advance.eq(band_end),
            outputs.size.eq(op.out_tiles),
            outputs.restart.eq(self.start),
            outputs.step.eq(band_end & bands.final),
            pixels.width.eq(op.out_width),
            pixels.height.eq(op.out_height),
            pixels.cell_bits.eq(op.cell_bits),
            pixels.restart.eq(self.start),
            pixels.step.eq(streaming),
            pixels.save.eq(band_end),
            pixels.restore.eq(tap_end),
            inputs.operation.eq(op),
            inputs.start.eq(self.start),
            inputs.step.eq(streaming),
            inputs.row_end.eq(pixels.row_end),
            inputs.map_end.eq(pixels.map_end),
            inputs.top.eq(pixels.row == 0),
            inputs.bottom.eq(pixels.bottom),
            inputs.leftmost.eq(pixels.column == 0),
            inputs.tile_end.eq(tile_end),
            inputs.band_end.eq(band_end),
            inputs.restart.eq(bands.final),
        ]
        self._weights(m, timer, again, onwards)
        self._errors(m, timer, pixels, outputs, onwards)
        m.d.sync += [
            beat.valid.eq(streaming),
            beat.inside.eq(streaming & inputs.inside),
            beat.top.eq(inputs.top),
            beat.bottom.eq(inputs.bottom),
            beat.leftmost.eq(inputs.leftmost),
            beat.rightmost.eq(inputs.row_end),
            beat.tile.eq(inputs.tile),
            beat.image_addr.eq(inputs.addr),
            beat.image_row.eq(inputs.phase),
            beat.x_addr.eq(inputs.addr),
            beat.x_part.eq(inputs.part),
            beat.load.eq(timer.loading),
            beat.index.eq(timer.count),
            beat.first_sum.eq(inputs.first_tap),
            beat.last_sum.eq(inputs.last_tap),
            beat.control.gradient.eq(self.gradient),
            beat.control.load.eq(timer.load_first),
            beat.control.swap.eq(timer.begin),
            beat.control.first.eq(timer.begin),
            beat.control.last.eq(streaming & timer.last_pixel & self.gradient),
        ]
        return m

    def _weights(self, m, timer, again, onwards):
        """Weights of the next tile: those that follow, or again the first of this output tile.

        `again`, `onwards` : the present tile is the last of a band, of the last band.
        """
        addr, following = Signal.like(self.beat.weight_addr), Signal.like(self.beat.weight_addr)
        first = Signal.like(addr)
        m.d.comb += addr.eq(Mux(timer.begin & again, first, following))
        m.d.sync += self.beat.weight_addr.eq(addr)
        with m.If(self.start):
            m.d.sync += [
                following.eq(self.operation.weight_base),
                first.eq(self.operation.weight_base),
            ]
        with m.Elif(timer.loading):
            m.d.sync += following.eq(addr + 1)
            with m.If(timer.begin & onwards):
                m.d.sync += first.eq(addr)

    def _errors(self, m, timer, pixels, outputs, onwards):
        """Addresses of a pixel's error and sign; its sample."""
        op, beat = self.operation, self.beat
        cell, row = Signal.like(beat.latent_addr), Signal.like(beat.latent_addr)
        sign, sample = Signal.like(beat.sign_addr), self.sample
        next_row, row_step = Signal.like(row), Signal.like(row)
        latent, next_latent = Signal.like(cell), Signal.like(cell)
        first_sign, next_sign = Signal.like(sign), Signal.like(sign)
        m.d.comb += next_row.eq(row + Mux(pixels.cell_row_last, row_step, 0))
        m.d.sync += [
            row_step.eq(op.out_tiles << op.cell_bits),
            latent.eq(op.latent_base + outputs.index),
            next_latent.eq(op.latent_base + outputs.index + 1),
            first_sign.eq(op.sign_base + outputs.index),
            next_sign.eq(op.sign_base + outputs.index + 1),
            beat.latent_addr.eq(cell),
            beat.sign_addr.eq(sign),
            beat.sample.eq(sample),
        ]
        with m.If(self.start):
            m.d.sync += [cell.eq(op.latent_base), row.eq(op.latent_base)]
            m.d.sync += [sign.eq(op.sign_base), sample.eq(0)]
        with m.Elif(timer.tile_end):
            first = Mux(onwards, next_latent, latent)
            m.d.sync += [cell.eq(first), row.eq(first), sample.eq(0)]
            m.d.sync += sign.eq(Mux(onwards, next_sign, first_sign))
        with m.Elif(timer.streaming):
            m.d.sync += [sign.eq(sign + op.out_tiles), sample.eq(sample + pixels.map_end)]
            with m.If(pixels.row_end):
                m.d.sync += [row.eq(next_row), cell.eq(next_row)]
            with m.Elif(pixels.cell_column_last):
                m.d.sync += cell.eq(cell + op.out_tiles)
