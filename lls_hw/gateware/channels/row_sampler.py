"""Which gradients count for the size of their channel's gradient."""

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.channels import ROW_SAMPLE
from lls_hw.contract.config import Config
from lls_hw.contract.formats import PSUM_BITS
from lls_hw.gateware.channels.ports import GradientRows

__all__ = ["RowSampler"]

_PLACE_BITS = ceil_log2(ROW_SAMPLE)


class RowSampler(wiring.Component):
    """`golden.channel_step.sampled_rows`: follows a row that counts from column to column.

    Row i counts when i + step divides ROW_SAMPLE. Its gradient passes column c c cycles after
    column 0, and is at `gradient` in the cycle after that. Rows that count are at least as many
    cycles apart as there are columns, or hold padding: gradients of zero, which a later row may cut
    short.

    Members
    -------
    base : address of the layer's first channel. step : of the training.
    rows : gradients of one row after the other.
    enable, addr, gradient : a gradient that counts, and its channel.
    """

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        addr = ceil_log2(config.channel_depth)
        super().__init__(
            {
                "base": In(addr),
                "step": In(_PLACE_BITS),
                "rows": In(GradientRows(config)),
                "enable": Out(1),
                "addr": Out(addr),
                "gradient": Out(signed(PSUM_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        begin, active, here = Signal(), Signal(), Signal()
        column, next_column = Signal(range(self._cols)), Signal(range(self._cols))
        tile = Signal.like(self.addr)
        m.d.comb += [
            begin.eq(self.rows.enable & ((self.rows.fan_in + self.step)[:_PLACE_BITS] == 0)),
            here.eq(begin | active),
            column.eq(Mux(begin, 0, next_column)),
        ]
        m.d.sync += [
            next_column.eq(column + 1),
            active.eq(here & (column != self._cols - 1)),
            self.enable.eq(here),
            self.gradient.eq(Array(self.rows.north)[column]),
            self.addr.eq(Mux(begin, self.base + self.rows.fan_out, tile) + column),
        ]
        with m.If(begin):
            m.d.sync += tile.eq(self.base + self.rows.fan_out)
        return m
