"""When the sums of a beat pass the accumulator of column 0."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.latency import OPERAND_LATENCY, forward_latency
from lls_hw.gateware.array.accumulator import Accumulator
from lls_hw.gateware.array.tokens import sum_token
from lls_hw.gateware.delay import delay
from lls_hw.gateware.tiler.tiler import beat_layout

__all__ = ["SumTiming"]


class SumTiming(wiring.Component):
    """Carries a beat past the array, to the accumulator.

    The array has the sum of a beat S = OPERAND_LATENCY + forward_latency(rows) cycles later in
    column 0. With `beat` in cycle t, `token` has the sum's address in cycle
    t + S - Accumulator.READ_LATENCY, `first` in cycle t + S, and what belongs to the total in
    cycle t + S + Accumulator.LATENCY. One beat a cycle.

    Members
    -------
    beat, gradient : only forward beats have sums. token : for column 0.
    """

    def __init__(self, config: Config) -> None:
        self._rows = config.rows
        super().__init__(
            {
                "beat": In(beat_layout(config)),
                "gradient": In(1),
                "token": Out(sum_token(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        beat, token = self.beat, self.token
        south_at = OPERAND_LATENCY + forward_latency(self._rows)
        read_at, total_at = south_at - Accumulator.READ_LATENCY, south_at + Accumulator.LATENCY
        forward, flags = Signal(), Signal(3)
        m.d.comb += [
            forward.eq(beat.valid & ~self.gradient),
            flags.eq(Cat(forward, beat.first_sum, forward & beat.last_sum)),
        ]
        addr = delay(m, beat.index, read_at, "addr")
        at_south = delay(m, flags, south_at, "flags")
        at_total = delay(m, at_south, total_at - south_at, "total")
        m.d.comb += [
            token.read_addr.eq(addr),
            token.write_addr.eq(delay(m, addr, total_at - read_at, "write_addr")),
            token.write_enable.eq(at_total[0]),
            token.first.eq(at_south[1]),
            token.emit.eq(at_total[2]),
        ]
        return m
