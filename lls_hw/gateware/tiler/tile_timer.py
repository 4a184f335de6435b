"""Tile timer: what each cycle of an array operation is there for."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.timing_array import KEY_CYCLES, flush_cycles

__all__ = ["TileTimer"]


class TileTimer(wiring.Component):
    """Preparation, one tile after another, and the cycles in which the pipelines run empty.

    A tile lasts `turn` + 2 cycles, of which the first `last_index` + 1 have a pixel. `busy` begins
    with `start`; `timing` has the cycles until it ends. What a cycle of a tile is comes from
    registers.

    Members
    -------
    gradient : else forward; stable while busy. start : strobe while not busy.
    last_index, turn : of the present tile, from its cycle 2 on; turn is at least 2.
    final : the present tile is the last one.
    busy, done : the operation is under way; its last cycle.
    waiting : no tile has begun or will follow.
    count : cycle of the tile.
    begin, turning, tile_end : first, last but one, last cycle of a tile. streaming : one with a
        pixel.
    last_pixel : with `streaming`, its last pixel.
    loading, load_first : forward: a row of weights is asked for, the first row of a tile.
    """

    gradient: In(1)
    start: In(1)
    last_index: In(FIELDS["pixels"])
    turn: In(FIELDS["pixels"])
    final: In(1)
    busy: Out(1)
    done: Out(1)
    waiting: Out(1)
    count: Out(FIELDS["pixels"])
    begin: Out(1)
    turning: Out(1)
    tile_end: Out(1)
    streaming: Out(1)
    last_pixel: Out(1)
    loading: Out(1)
    load_first: Out(1)

    def __init__(self, config: Config) -> None:
        self._rows, self._flush = config.rows, flush_cycles(config)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        rows, count = self._rows, self.count
        enter, preload, early = Signal(), Signal(), Signal()
        m.d.comb += [
            self.busy.eq(1),
            self.waiting.eq(1),
            self.last_pixel.eq(count == self.last_index),
            self.loading.eq(~self.gradient & (preload | (early & ~self.final))),
            self.load_first.eq(self.loading & (self.begin | (preload & (count == 0)))),
        ]
        m.d.sync += [
            self.begin.eq(enter),
            early.eq(enter | (early & (count != rows - 1))),
            self.streaming.eq(enter | (self.streaming & ~self.last_pixel)),
            self.tile_end.eq(self.turning),
            count.eq(count + 1),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(self.start)
                m.d.sync += count.eq(0)
                with m.If(self.start):
                    m.next = "PREPARE"
            with m.State("PREPARE"):
                m.d.comb += preload.eq(1)
                with m.If(count == Mux(self.gradient, KEY_CYCLES - 2, rows - 1)):
                    m.d.comb += enter.eq(1)
                    m.d.sync += count.eq(0)
                    m.next = "TILES"
            with m.State("TILES"):
                m.d.comb += [
                    self.waiting.eq(0),
                    self.turning.eq(count == self.turn),
                    enter.eq(self.tile_end & ~self.final),
                ]
                with m.If(self.tile_end):
                    m.d.sync += count.eq(0)
                    with m.If(self.final):
                        m.next = "FLUSH"
            with m.State("FLUSH"):
                with m.If(count == self._flush - 1):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"
        return m
