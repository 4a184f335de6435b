"""Tiler: walks over the tiles of one layer and issues one beat a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.config import Config
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT
from lls_hw.gateware.pe import Control
from lls_hw.timing import KEY_CYCLES, MIN_PERIOD, flush_cycles

__all__ = ["Tiler", "beat_layout"]


def beat_layout(config: Config) -> data.StructLayout:
    """One beat: what the memories and the array are asked for in one cycle."""
    return data.StructLayout(
        {
            "valid": 1,
            "control": Control,
            "x_addr": ceil_log2(config.act_depth),
            "x_part": ceil_log2(config.act_word // config.rows),
            "load": 1,
            "weight_addr": ceil_log2(config.weight_depth),
            "sample": ceil_log2(config.acc_depth),
            "latent_addr": ceil_log2(config.latent_depth),
            "first_sum": 1,
            "last_sum": 1,
            "last_sample": 1,
        }
    )


class Tiler(wiring.Component):
    """Beats of a FORWARD or GRADIENT operation.

    Loops: output tiles, within them input tiles, within them samples. A forward tile's weights
    are requested during the tile before it; a preload of `rows` cycles fills the pipe.
    Takes `timing.forward_cycles` or `timing.gradient_cycles` cycles from `start` to the
    falling edge of `busy`; the last cycles let all pipelines run empty.

    Members
    -------
    operation : descriptor, stable while busy; `x_base` includes the buffer offset.
    start : strobe while not busy.
    busy : the operation is under way; `done` marks its last cycle.
    beat : one beat a cycle, registered; zero when idle.
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
        config, op = self._config, self.operation
        rows, flush = config.rows, flush_cycles(config)
        count = Signal(range(max(KEY_CYCLES, flush, rows, 2**10)))
        last_of_period = Signal.like(count)
        in_tile = Signal.like(op.in_tiles)
        out_tile = Signal.like(op.out_tiles)
        streaming, loading = Signal(), Signal()
        last_in, last_out, tile_end = Signal(), Signal(), Signal()
        least = Mux(self.gradient, max(2 * rows, MIN_PERIOD), max(rows, MIN_PERIOD))
        m.d.comb += [
            last_in.eq(in_tile == op.in_tiles - 1),
            last_out.eq(out_tile == op.out_tiles - 1),
            self.busy.eq(1),
        ]

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(self.start)
                m.d.sync += [
                    count.eq(0),
                    in_tile.eq(0),
                    out_tile.eq(0),
                    last_of_period.eq(Mux(op.samples > least, op.samples, least) - 1),
                ]
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
                m.d.comb += [
                    streaming.eq(count < op.samples),
                    loading.eq(~self.gradient & (count < rows) & ~(last_in & last_out)),
                    tile_end.eq(count == last_of_period),
                ]
                m.d.sync += count.eq(count + 1)
                with m.If(tile_end):
                    m.d.sync += [count.eq(0), in_tile.eq(in_tile + 1)]
                    with m.If(last_in):
                        m.d.sync += [in_tile.eq(0), out_tile.eq(out_tile + 1)]
                        with m.If(last_out):
                            m.next = "FLUSH"
            with m.State("FLUSH"):
                m.d.sync += count.eq(count + 1)
                with m.If(count == flush - 1):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"

        self._addresses(m, streaming, loading, tile_end, last_in, out_tile)
        beat = self.beat
        m.d.sync += [
            beat.valid.eq(streaming),
            beat.load.eq(loading),
            beat.sample.eq(count),
            beat.first_sum.eq(in_tile == 0),
            beat.last_sum.eq(last_in),
            beat.last_sample.eq(count == op.samples - 1),
            beat.control.gradient.eq(self.gradient),
            beat.control.load.eq(loading & (count == 0)),
            beat.control.swap.eq(streaming & (count == 0)),
            beat.control.first.eq(streaming & (count == 0)),
            beat.control.last.eq(streaming & (count == op.samples - 1) & self.gradient),
        ]
        return m

    def _addresses(self, m, streaming, loading, tile_end, last_in, out_tile):
        """Address counters; they follow the loops by additions only."""
        config, op, beat = self._config, self.operation, self.beat
        x_addr, weight_addr = Signal.like(beat.x_addr), Signal.like(beat.weight_addr)
        latent_addr = Signal.like(beat.latent_addr)
        tile_word = Signal.like(beat.x_addr)
        next_word = Signal.like(beat.x_addr)
        part = Signal.like(beat.x_part)
        parts = config.act_word // config.rows
        m.d.comb += next_word.eq(Mux(last_in, 0, tile_word + (part == parts - 1)))
        with m.If(self.start):
            m.d.sync += [
                x_addr.eq(op.x_base),
                weight_addr.eq(op.weight_base),
                latent_addr.eq(op.latent_base),
                tile_word.eq(0),
                part.eq(0),
            ]
        with m.Elif(tile_end):
            m.d.sync += [
                x_addr.eq(op.x_base + next_word),
                latent_addr.eq(op.latent_base + out_tile + last_in),
                tile_word.eq(next_word),
                part.eq(Mux(last_in, 0, part + 1) if parts > 1 else 0),
            ]
        with m.Elif(streaming):
            m.d.sync += [
                x_addr.eq(x_addr + op.x_stride),
                latent_addr.eq(latent_addr + op.out_tiles),
            ]
        with m.If(loading):
            m.d.sync += weight_addr.eq(weight_addr + 1)
        m.d.sync += [
            beat.x_addr.eq(x_addr),
            beat.x_part.eq(part),
            beat.weight_addr.eq(weight_addr),
            beat.latent_addr.eq(latent_addr),
        ]
