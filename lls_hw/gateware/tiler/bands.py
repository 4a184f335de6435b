"""Bands: which stretch of a batch's pixels the accumulator memory works on."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.timing_array import MIN_PERIOD
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.ports import BandSize

__all__ = ["Bands"]


class Bands(wiring.Component):
    """Length of the present band, and of its tiles.

    The component works out the next band while this one is under way, so that all outputs come
    from registers and change together, in the cycle after `advance`. No tile is shorter than
    MIN_PERIOD.

    Members
    -------
    operation, gradient : stable from four cycles before `restart` falls. A gradient has one band.
    restart : hold at the first band of the batch.
    advance : the present band ends; after the final one comes the first again.
    size : of the present band.
    final : no band follows in this output tile.
    """

    operation: In(ARRAY_LAYOUT)
    gradient: In(1)
    restart: In(1)
    advance: In(1)
    size: Out(BandSize())
    final: Out(1)

    def __init__(self, config: Config) -> None:
        self._least = max(config.rows, MIN_PERIOD)
        self._least_gradient = max(2 * config.rows, MIN_PERIOD)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        op, size = self.operation, self.size
        left, next_left, next_length, next_last, next_turn, least = (
            Signal.like(size.last_pixel, name=name)
            for name in ("left", "next_left", "next_length", "next_last", "next_turn", "least")
        )
        again, whole, next_final = Signal(), Signal(), Signal()
        m.d.comb += [
            again.eq(self.final | self.restart),
            whole.eq(self.gradient | (op.pixels <= op.band)),
        ]
        m.d.sync += [
            least.eq(Mux(self.gradient, self._least_gradient, self._least)),
            next_left.eq(Mux(again, op.pixels, left - op.band)),
            next_final.eq(Mux(again, whole, left <= op.band << 1)),
            next_length.eq(Mux(next_final, next_left, op.band)),
            next_last.eq(next_length - 1),
            next_turn.eq(Mux(next_length > least, next_length, least) - 2),
        ]
        with m.If(self.advance | self.restart):
            m.d.sync += [
                left.eq(next_left),
                self.final.eq(next_final),
                size.last_pixel.eq(next_last),
                size.turn.eq(next_turn),
            ]
        return m
