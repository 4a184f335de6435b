"""Bands: which stretch of a batch's pixels the accumulator memory works on."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.config import Config
from lls_hw.gateware.operation import DESCRIPTOR_LAYOUT
from lls_hw.program.descriptor import FIELDS
from lls_hw.timing import MIN_PERIOD

__all__ = ["Bands"]


class Bands(wiring.Component):
    """Length of the present band, and of its tiles.

    `final` belongs to the present cycle; `length` follows a new band by 1 cycle and `last_beat`
    by 2: no tile is shorter than MIN_PERIOD, so they are settled when they are needed.

    Members
    -------
    operation, gradient : stable from three cycles before the first tile. A gradient has one band.
    restart : the first band of the batch begins.
    advance : the present band ends; after the final one comes the first again.
    final : no band follows in this output tile.
    length : pixels of the band.
    last_beat : last cycle of each of its tiles, counted from 0.
    """

    def __init__(self, config: Config) -> None:
        self._rows = config.rows
        super().__init__(
            {
                "operation": In(DESCRIPTOR_LAYOUT),
                "gradient": In(1),
                "restart": In(1),
                "advance": In(1),
                "final": Out(1),
                "length": Out(FIELDS["pixels"]),
                "last_beat": Out(FIELDS["pixels"]),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, rows = self.operation, self._rows
        left, least = Signal.like(self.length), Signal.like(self.length)
        whole, next_final = Signal(), Signal()
        m.d.comb += whole.eq(self.gradient | (op.pixels <= op.band))
        m.d.sync += [
            least.eq(Mux(self.gradient, max(2 * rows, MIN_PERIOD), max(rows, MIN_PERIOD))),
            next_final.eq(left <= op.band << 1),
            self.length.eq(Mux(self.final, left, op.band)),
            self.last_beat.eq(Mux(self.length > least, self.length, least) - 1),
        ]
        with m.If(self.restart | (self.advance & self.final)):
            m.d.sync += [left.eq(op.pixels), self.final.eq(whole)]
        with m.Elif(self.advance):
            m.d.sync += [left.eq(left - op.band), self.final.eq(next_final)]
        return m
