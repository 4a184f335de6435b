"""Update index: which weight of its layer a row of a gradient tile belongs to."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import NOISE_INDEX_BITS
from lls_hw.gateware.update.weight_noise import IndexMove

__all__ = ["UpdateIndex"]


class UpdateIndex(wiring.Component):
    """Fan-in and fan-out index of the present row's weight in column 0, for the noise.

    Rows come in the order in which the tiler visits tiles: the rows of a tile, input tiles, taps,
    output tiles. The outputs change in the cycle after a command. Steps are at least two cycles
    apart.

    Members
    -------
    restart : to the first row of an operation.
    in_tiles, in_channels : of the layer, first : fan-out index of the operation's first output;
        stable from `restart` on.
    step : to the next row. tile_end : with `step`: to the first row of the next tile.
    last_tap : the tile is the last one of its output tile.
    fan_in, fan_out : the index. move : what comes next.
    """

    restart: In(1)
    in_tiles: In(FIELDS["in_tiles"])
    in_channels: In(NOISE_INDEX_BITS)
    first: In(NOISE_INDEX_BITS)
    step: In(1)
    tile_end: In(1)
    last_tap: In(1)
    fan_in: Out(NOISE_INDEX_BITS)
    fan_out: Out(NOISE_INDEX_BITS)
    move: Out(IndexMove)

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        tile, last_tile = (Signal.like(self.in_tiles, name=name) for name in ("tile", "last_tile"))
        tap, next_tap = (Signal.like(self.fan_in, name=name) for name in ("tap", "next_tap"))
        end, tap_end, marked, move = Signal(), Signal(), Signal(), self.move
        m.d.sync += [last_tile.eq(self.in_tiles - 1), tap_end.eq(tile == last_tile)]
        m.d.comb += [
            end.eq(self.step & self.tile_end),
            next_tap.eq(tap + self.in_channels),
            move.mark.eq(self.fan_in == next_tap),
            move.wrap.eq(end & self.last_tap),
            move.back.eq(end & ~self.last_tap & tap_end & marked),
            move.step.eq(self.step & ~(move.wrap | move.back)),
        ]
        m.d.sync += marked.eq((marked | move.mark) & ~(self.restart | end & tap_end))
        with m.If(self.restart):
            m.d.sync += [tile.eq(0), tap.eq(0), self.fan_in.eq(0)]
            m.d.sync += self.fan_out.eq(self.first)
        with m.Elif(end & self.last_tap):
            m.d.sync += [tile.eq(0), tap.eq(0), self.fan_in.eq(0)]
            m.d.sync += self.fan_out.eq(self.fan_out + self._cols)
        with m.Elif(end & tap_end):
            m.d.sync += [tile.eq(0), tap.eq(next_tap), self.fan_in.eq(next_tap)]
        with m.Elif(self.step):
            m.d.sync += [tile.eq(tile + self.tile_end), self.fan_in.eq(self.fan_in + 1)]
        return m
