"""Bands: which stretch of a batch's pixels the accumulator memory works on."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.timing_array import MIN_PERIOD
from lls_hw.gateware.operation import ARRAY_LAYOUT

__all__ = ["Bands"]


class Bands(wiring.Component):
    """Length of the present band, and of its tiles.

    Everything about the band that follows is worked out while this one is under way, so that all
    outputs come from registers and change together. No tile is shorter than MIN_PERIOD.

    Members
    -------
    operation, gradient : stable from four cycles before `restart` falls. A gradient has one band.
    restart : hold at the first band of the batch.
    advance : the present band ends; after the final one comes the first again.
    final : no band follows in this output tile.
    last_pixel : last pixel of the band, counted from 0.
    turn : last cycle but one of each of its tiles, counted from 0.
    """

    def __init__(self, config: Config) -> None:
        self._rows = config.rows
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "gradient": In(1),
                "restart": In(1),
                "advance": In(1),
                "final": Out(1),
                "last_pixel": Out(FIELDS["pixels"]),
                "turn": Out(FIELDS["pixels"]),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, rows = self.operation, self._rows
        left, next_left, next_length, next_last, next_turn, least = (
            Signal.like(self.last_pixel, name=name)
            for name in ("left", "next_left", "next_length", "next_last", "next_turn", "least")
        )
        whole, next_final = Signal(), Signal()
        m.d.comb += whole.eq(self.gradient | (op.pixels <= op.band))
        m.d.sync += [
            least.eq(Mux(self.gradient, max(2 * rows, MIN_PERIOD), max(rows, MIN_PERIOD))),
            next_left.eq(Mux(self.final | self.restart, op.pixels, left - op.band)),
            next_final.eq(Mux(self.final | self.restart, whole, left <= op.band << 1)),
            next_length.eq(Mux(next_final, next_left, op.band)),
            next_last.eq(next_length - 1),
            next_turn.eq(Mux(next_length > least, next_length, least) - 2),
        ]
        with m.If(self.advance | self.restart):
            m.d.sync += [
                left.eq(next_left),
                self.final.eq(next_final),
                self.last_pixel.eq(next_last),
                self.turn.eq(next_turn),
            ]
        return m
