"""When the drained sums of a gradient tile meet their weights."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import NOISE_INDEX_BITS
from lls_hw.gateware.delay import delay
from lls_hw.gateware.update.momentum import update_unit

__all__ = ["UpdateSchedule"]

_LEAD = 7
"""Cycles from the last beat of a tile to the noise index of its first row."""


class UpdateSchedule(wiring.Component):
    """Addresses and noise indices of the weight update, for column 0.

    With `last` in cycle t, row r of the tile has `fan_in`, `fan_out` in cycles t + 7 + 2 r and
    the one after, its weight is read in t + 7 + 2 r and written in t + 12 + 2 r, with momentum in
    t + 15 + 2 r. Tiles may follow each other every 2 * rows cycles. Weights lie in the order in
    which tiles are visited.

    Members
    -------
    restart : start of an operation. `weight_base`, `in_tiles`, `in_channels` : stable from then
        on.
    last : last beat of a tile (`beat.control.last`). last_tap : of the last tile of its output
        tile (`beat.last_sum`).
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        addr = ceil_log2(config.weight_depth)
        super().__init__(
            {
                "restart": In(1),
                "weight_base": In(addr),
                "in_tiles": In(12),
                "in_channels": In(NOISE_INDEX_BITS),
                "last": In(1),
                "last_tap": In(1),
                "fan_in": Out(NOISE_INDEX_BITS),
                "fan_out": Out(NOISE_INDEX_BITS),
                "weight_read": Out(addr),
                "weight_write": Out(addr),
                "weight_enable": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        rows = self._config.rows
        addr = Signal.like(self.weight_read)
        begin, active, half = Signal(), Signal(), Signal()
        row = Signal(range(rows))
        tile = Signal.like(self.in_tiles)
        tap = Signal.like(self.fan_in)
        last_tap = Signal()
        last_tile = Signal.like(tile)
        m.d.sync += last_tile.eq(self.in_tiles - 1)
        ends = delay(m, Cat(self.last, self.last_tap), _LEAD - 1, "last")
        m.d.comb += begin.eq(ends[0])

        with m.If(active):
            m.d.sync += half.eq(~half)
            with m.If(half):
                m.d.sync += [row.eq(row + 1), addr.eq(addr + 1), self.fan_in.eq(self.fan_in + 1)]
                with m.If(row == rows - 1):
                    m.d.sync += [active.eq(0), tile.eq(tile + 1)]
                    with m.If(last_tap):
                        m.d.sync += [
                            tile.eq(0),
                            tap.eq(0),
                            self.fan_in.eq(0),
                            self.fan_out.eq(self.fan_out + self._config.cols),
                        ]
                    with m.Elif(tile == last_tile):
                        m.d.sync += [
                            tile.eq(0),
                            tap.eq(tap + self.in_channels),
                            self.fan_in.eq(tap + self.in_channels),
                        ]
        with m.If(begin):
            m.d.sync += [active.eq(1), last_tap.eq(ends[1])]
        with m.If(self.restart):
            m.d.sync += [
                addr.eq(self.weight_base),
                tile.eq(0),
                tap.eq(0),
                self.fan_in.eq(0),
                self.fan_out.eq(0),
            ]
        write = update_unit(self._config).LATENCY
        m.d.comb += [
            self.weight_read.eq(addr),
            self.weight_write.eq(delay(m, addr, write, "write")),
            self.weight_enable.eq(delay(m, active & ~half, write, "enable")),
        ]
        return m
