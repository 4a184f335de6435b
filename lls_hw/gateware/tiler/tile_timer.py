"""Tile timer: what each cycle of an array operation is there for."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.timing_array import KEY_CYCLES, START_CYCLES, flush_cycles
from lls_hw.gateware.tiler.ports import BandSize, TilePlace, TileStrobes

__all__ = ["TileTimer"]


class TileTimer(wiring.Component):
    """Preparation, one tile after another, and the cycles in which the pipelines run empty.

    A tile lasts `band.turn` + 2 cycles, of which the first `band.last_pixel` + 1 have a pixel.
    `busy` begins with `start`; `timing_array` has the cycles until it ends. What a cycle of a
    tile is for comes from registers.

    Members
    -------
    gradient : else forward; stable while busy. start : strobe while not busy.
    band : of the present tile, from its cycle 2 on; `turn` is at least 2.
    tile : the present tile; the operation's last one is followed by no other.
    busy, done : the operation is under way; its last cycle. working : `busy` without the cycle of
        `start`, straight from registers.
    strobes : what this cycle is for.
    """

    gradient: In(1)
    start: In(1)
    band: In(BandSize())
    tile: In(TilePlace())
    busy: Out(1)
    working: Out(1)
    done: Out(1)
    strobes: Out(TileStrobes())

    def __init__(self, config: Config) -> None:
        self._rows, self._flush = config.rows, flush_cycles(config)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        strobes, count = self.strobes, self.strobes.count
        last_key, last_row = KEY_CYCLES - START_CYCLES - 1, self._rows - 1
        enter, preload, early, final = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            final.eq(self.tile.ends_operation),
            self.working.eq(1),
            self.busy.eq(self.working | self.start),
            strobes.start.eq(self.start),
            strobes.waiting.eq(1),
            strobes.last_pixel.eq(count == self.band.last_pixel),
            strobes.loading.eq(~self.gradient & (preload | (early & ~final))),
            strobes.load_first.eq(strobes.loading & (strobes.begin | (preload & (count == 0)))),
        ]
        m.d.sync += [
            strobes.begin.eq(enter),
            early.eq(enter | (early & (count != last_row))),
            strobes.streaming.eq(enter | (strobes.streaming & ~strobes.last_pixel)),
            strobes.tile_end.eq(strobes.turning),
            count.eq(count + 1),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.working.eq(0)
                m.d.sync += count.eq(0)
                with m.If(self.start):
                    m.next = "PREPARE"
            with m.State("PREPARE"):
                m.d.comb += preload.eq(1)
                with m.If(count == Mux(self.gradient, last_key, last_row)):
                    m.d.comb += enter.eq(1)
                    m.d.sync += count.eq(0)
                    m.next = "TILES"
            with m.State("TILES"):
                m.d.comb += [
                    strobes.waiting.eq(0),
                    strobes.turning.eq(count == self.band.turn),
                    enter.eq(strobes.tile_end & ~final),
                ]
                with m.If(strobes.tile_end):
                    m.d.sync += count.eq(0)
                    with m.If(final):
                        m.next = "FLUSH"
            with m.State("FLUSH"):
                with m.If(count == self._flush - 1):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"
        return m
