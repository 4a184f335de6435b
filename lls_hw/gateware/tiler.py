"""Tiler: walks over the tiles of one layer and issues one beat a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.config import IMAGE_BANKS, Config
from lls_hw.gateware.bands import Bands
from lls_hw.gateware.input_address import InputAddress
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT
from lls_hw.gateware.pe import Control
from lls_hw.gateware.pixels import PixelCounter
from lls_hw.timing import KEY_CYCLES, flush_cycles

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
                "beat": Out(beat_layout(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op, beat = self._config, self.operation, self.beat
        rows, flush = config.rows, flush_cycles(config)
        m.submodules.pixels = pixels = PixelCounter(config.maps)
        m.submodules.inputs = inputs = InputAddress(config)
        count = Signal(range(max(KEY_CYCLES, flush, rows, 1 << len(op.pixels))))
        m.submodules.bands = bands = Bands(config)
        band_end = inputs.last_tap
        out_tile = Signal.like(op.out_tiles)
        streaming, loading, tile_end = Signal(), Signal(), Signal()
        last_out = Signal()
        last_tile, last_row = Signal.like(out_tile), Signal.like(op.out_height)
        m.d.sync += [last_tile.eq(op.out_tiles - 1), last_row.eq(op.out_height - 1)]
        m.d.comb += [last_out.eq(out_tile == last_tile), self.busy.eq(1)]

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.busy.eq(self.start), bands.restart.eq(1)]
                m.d.sync += [count.eq(0), out_tile.eq(0)]
                with m.If(self.start):
                    m.next = "PREPARE"
            with m.State("PREPARE"):
                last = Mux(self.gradient, KEY_CYCLES - 2, rows - 1)
                m.d.comb += loading.eq(~self.gradient)
                m.d.sync += count.eq(count + 1)
                with m.If(count == last):
                    m.d.sync += count.eq(0)
                    m.next = "TILES"
            with m.State("TILES"):
                all_done = band_end & bands.final & last_out
                m.d.comb += [
                    streaming.eq(count < bands.length),
                    loading.eq(~self.gradient & (count < rows) & ~all_done),
                    tile_end.eq(count == bands.last_beat),
                ]
                m.d.sync += count.eq(count + 1)
                with m.If(tile_end):
                    m.d.sync += count.eq(0)
                    with m.If(band_end):
                        m.d.sync += out_tile.eq(out_tile + bands.final)
                    with m.If(all_done):
                        m.next = "FLUSH"
            with m.State("FLUSH"):
                m.d.sync += count.eq(count + 1)
                with m.If(count == flush - 1):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"

        m.d.comb += [
            bands.operation.eq(op),
            bands.gradient.eq(self.gradient),
            bands.advance.eq(tile_end & band_end),
            pixels.width.eq(op.out_width),
            pixels.height.eq(op.out_height),
            pixels.cell_bits.eq(op.cell_bits),
            pixels.restart.eq(self.start),
            pixels.step.eq(streaming),
            pixels.save.eq(tile_end & band_end),
            pixels.restore.eq(tile_end & ~band_end),
            inputs.operation.eq(op),
            inputs.start.eq(self.start),
            inputs.step.eq(streaming),
            inputs.row_end.eq(pixels.row_end),
            inputs.map_end.eq(pixels.map_end),
            inputs.top.eq(pixels.row == 0),
            inputs.bottom.eq(pixels.row == last_row),
            inputs.leftmost.eq(pixels.column == 0),
            inputs.tile_end.eq(tile_end),
            inputs.restart.eq(bands.final),
        ]
        self._weights(m, loading, count == 0, band_end & ~bands.final, band_end & bands.final)
        self._errors(m, pixels, streaming, tile_end, out_tile + (band_end & bands.final))
        last_pixel = count == bands.length - 1
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
            beat.load.eq(loading),
            beat.index.eq(count),
            beat.first_sum.eq(inputs.first_tap),
            beat.last_sum.eq(inputs.last_tap),
            beat.control.gradient.eq(self.gradient),
            beat.control.load.eq(loading & (count == 0)),
            beat.control.swap.eq(streaming & (count == 0)),
            beat.control.first.eq(streaming & (count == 0)),
            beat.control.last.eq(streaming & last_pixel & self.gradient),
        ]
        return m

    def _weights(self, m, loading, begin, again, onwards):
        """Weights of the next tile: those that follow, or again the first of this output tile.

        `again`, `onwards` : the present tile is the last of a band, of the last band.
        """
        addr, following = Signal.like(self.beat.weight_addr), Signal.like(self.beat.weight_addr)
        first = Signal.like(addr)
        m.d.comb += addr.eq(Mux(begin & again, first, following))
        m.d.sync += self.beat.weight_addr.eq(addr)
        with m.If(self.start):
            m.d.sync += [
                following.eq(self.operation.weight_base),
                first.eq(self.operation.weight_base),
            ]
        with m.Elif(loading):
            m.d.sync += following.eq(addr + 1)
            with m.If(begin & onwards):
                m.d.sync += first.eq(addr)

    def _errors(self, m, pixels, streaming, tile_end, next_tile):
        """Addresses of a pixel's error and sign; its sample."""
        op, beat = self.operation, self.beat
        cell, row = Signal.like(beat.latent_addr), Signal.like(beat.latent_addr)
        sign, sample = Signal.like(beat.sign_addr), Signal.like(beat.sample)
        next_row = Signal.like(row)
        m.d.comb += next_row.eq(row + Mux(pixels.cell_row_last, op.out_tiles << op.cell_bits, 0))
        m.d.sync += [beat.latent_addr.eq(cell), beat.sign_addr.eq(sign), beat.sample.eq(sample)]
        with m.If(self.start | tile_end):
            tile = Mux(self.start, 0, next_tile)
            m.d.sync += [
                cell.eq(op.latent_base + tile),
                row.eq(op.latent_base + tile),
                sign.eq(op.sign_base + tile),
                sample.eq(0),
            ]
        with m.Elif(streaming):
            m.d.sync += [sign.eq(sign + op.out_tiles), sample.eq(sample + pixels.map_end)]
            with m.If(pixels.row_end):
                m.d.sync += [row.eq(next_row), cell.eq(next_row)]
            with m.Elif(pixels.cell_column_last):
                m.d.sync += cell.eq(cell + op.out_tiles)
