"""Which gradients count for the size of their channel's gradient."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.channels import ROW_STRIDE, STRIDE_MAX
from lls_hw.contract.config import Config
from lls_hw.contract.formats import PSUM_BITS
from lls_hw.gateware.channels.ports import GradientRows

__all__ = ["RowSampler"]


class RowSampler(wiring.Component):
    """`golden.channel_step.sampled_rows`: follows a row that counts from column to column.

    Row i counts when the stride divides i + step; of fewer than 2**ROW_STRIDE rows, one. Its
    gradient passes column c c cycles after column 0, and is at `gradient` two cycles after that.
    Rows that count are at least as many cycles apart as there are columns, or hold padding:
    gradients of zero, which do not count when a later row has begun.

    Members
    -------
    base : address of the layer's first channel. step : of the training. mask : one less than the
        stride. Stable for a cycle before the first row.
    rows : gradients of one row after the other.
    enable, addr, gradient : a gradient that counts, and its channel.
    """

    def __init__(self, config: Config) -> None:
        self._cols = config.cols
        addr = ceil_log2(config.channel_depth)
        super().__init__(
            {
                "base": In(addr),
                "step": In(STRIDE_MAX),
                "mask": In(STRIDE_MAX),
                "rows": In(GradientRows(config)),
                "enable": Out(1),
                "addr": Out(addr),
                "gradient": Out(signed(PSUM_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        cols, rows = self._cols, self.rows
        begin, chosen = Signal(), Signal(cols)
        tile, channel = Signal.like(self.addr), Signal.like(self.addr)
        residue, apart = Signal(STRIDE_MAX), Signal(STRIDE_MAX)
        of_few = (1 << ROW_STRIDE) - 1  # of few rows, only those below the stride count
        m.d.comb += [
            apart.eq((rows.fan_in ^ residue) & (self.mask | of_few)),
            begin.eq(rows.enable & ~apart.any()),
            tile.eq(self.base + rows.fan_out),
        ]
        m.d.sync += [
            residue.eq(-self.step & self.mask),
            chosen.eq(chosen << 1 | begin),
            channel.eq(Mux(begin, tile, channel + 1)),
            self.enable.eq(chosen.any()),
            self.addr.eq(channel),
        ]
        gated = []
        for c in range(cols):
            late = Signal(signed(PSUM_BITS), name=f"north_{c}")
            m.d.sync += late.eq(rows.north[c])
            gated.append(Mux(chosen[c], late, 0))
        m.d.sync += self.gradient.eq(reduce(or_, gated))
        return m
