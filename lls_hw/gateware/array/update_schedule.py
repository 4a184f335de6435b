"""When the drained sums of a gradient tile meet their weights."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import NOISE_INDEX_BITS
from lls_hw.contract.latency import CHANNEL_LOAD_LATENCY, UPDATE_LEAD
from lls_hw.gateware.array.update_index import UpdateIndex
from lls_hw.gateware.delay import delay
from lls_hw.gateware.update.momentum import update_unit
from lls_hw.gateware.update.weight_noise import IndexMove

__all__ = ["UpdateSchedule"]

_BEGIN_LATENCY = 1
"""Cycles of them in the register that says that a tile is under way."""


class UpdateSchedule(wiring.Component):
    """Addresses and noise indices of the weight update, for column 0.

    With `last` in cycle t, L the update's lead of 7 cycles and W the LATENCY of the update unit, 5
    or with momentum 8: row r of the tile has `fan_in` and `fan_out` in cycles t + L + 2 r and the
    one after; its weight is read in t + L + 2 r and written W cycles later. Tiles may follow each
    other every 2 * rows cycles. Weights lie in the order in which the tiler visits tiles.

    Members
    -------
    restart : start of an operation. weight_base, in_tiles, in_channels : stable from then on.
    first : fan-out index of its first output, likewise.
    last : last beat of a tile (`beat.control.last`). last_tap : of the last tile of its output
        tile (`beat.last_sum`).
    move : where the index goes. row : in the first of a row's two cycles. tile :
        CHANNEL_LOAD_LATENCY cycles before the first row of an output tile.
    coming_read : address of the weight that is read in the next cycle.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        addr = ceil_log2(config.weight_depth)
        super().__init__(
            {
                "restart": In(1),
                "weight_base": In(addr),
                "in_tiles": In(FIELDS["in_tiles"]),
                "in_channels": In(NOISE_INDEX_BITS),
                "first": In(NOISE_INDEX_BITS),
                "last": In(1),
                "last_tap": In(1),
                "fan_in": Out(NOISE_INDEX_BITS),
                "fan_out": Out(NOISE_INDEX_BITS),
                "move": Out(IndexMove),
                "coming_read": Out(addr),
                "weight_write": Out(addr),
                "weight_enable": Out(1),
                "row": Out(1),
                "tile": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        rows, to_write = self._config.rows, update_unit(self._config).LATENCY
        m.submodules.index = index = UpdateIndex(self._config)
        addr, row = Signal.like(self.coming_read), Signal(range(rows))
        active, half, next_row, tile_end, last_tap = (
            Signal(name=name) for name in ("active", "half", "next_row", "tile_end", "last_tap")
        )
        ends = Cat(self.last, self.last_tap)
        begin, begin_last_tap = delay(m, ends, UPDATE_LEAD - _BEGIN_LATENCY, "last")
        m.d.comb += [next_row.eq(active & half), tile_end.eq(row == rows - 1)]
        m.d.sync += [half.eq(active & ~half), row.eq(row + next_row)]
        fresh = Signal()  # no tile of the output tile has ended
        with m.If(self.restart):
            m.d.sync += fresh.eq(1)
        with m.Elif(self.last):
            m.d.sync += fresh.eq(self.last_tap)
        to_load = UPDATE_LEAD - CHANNEL_LOAD_LATENCY
        with m.If(begin):
            m.d.sync += [active.eq(1), last_tap.eq(begin_last_tap)]
        with m.Elif(next_row & tile_end):
            m.d.sync += active.eq(0)
        m.d.sync += addr.eq(self.coming_read)
        m.d.comb += [
            self.coming_read.eq(Mux(self.restart, self.weight_base, addr + next_row)),
            index.restart.eq(self.restart),
            index.in_tiles.eq(self.in_tiles),
            index.in_channels.eq(self.in_channels),
            index.first.eq(self.first),
            index.step.eq(next_row),
            index.tile_end.eq(tile_end),
            index.last_tap.eq(last_tap),
            self.fan_in.eq(index.fan_in),
            self.fan_out.eq(index.fan_out),
            self.move.eq(index.move),
            self.row.eq(active & ~half),
            self.tile.eq(delay(m, self.last & fresh, to_load, "tile")),
            self.weight_write.eq(delay(m, addr, to_write, "write")),
            self.weight_enable.eq(delay(m, active & ~half, to_write, "enable")),
        ]
        return m
