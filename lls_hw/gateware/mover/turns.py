"""Turns: two users of the external memory, one after the other."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.timing_mover import TURN
from lls_hw.gateware.mover.ports import ExternalPort

__all__ = ["MOST_UNDER_WAY", "ExternalTurns"]

MOST_UNDER_WAY = 127
"""Most reads that a user may leave unanswered."""


class ExternalTurns(wiring.Component):
    """Gives the external memory to one of two users, as long as the other needs it not.

    If it does, a turn ends after TURN commands and the one that is waiting, or earlier when the
    user has none. The other's begins when all reads have been answered. Who has a turn has the
    memory in full.

    Members
    -------
    weights : the mover or the host; it alone writes. samples : reads stored samples.
    external : the memory.
    """

    weights: In(ExternalPort())
    samples: In(ExternalPort())
    external: Out(ExternalPort())

    def elaborate(self, platform):
        m = Module()
        weights, samples, external = self.weights, self.samples, self.external
        whose, under_way = Signal(), Signal(range(MOST_UNDER_WAY + 1))
        count = Signal(range(TURN + 1))
        own, other, ends = Signal(), Signal(), Signal()
        commanded, asked, held = Signal(), Signal(), Signal()
        connect(m, flipped(weights.write_data), flipped(external.write_data))
        with m.If(whose):
            m.d.comb += [own.eq(samples.command.valid), other.eq(weights.command.valid)]
            m.d.comb += external.command.payload.eq(samples.command.payload)
        with m.Else():
            m.d.comb += [own.eq(weights.command.valid), other.eq(samples.command.valid)]
            m.d.comb += external.command.payload.eq(weights.command.payload)
        m.d.comb += [
            ends.eq(other & ((count == TURN) | ~own) & ~held),
            external.command.valid.eq(own & ~ends),
            weights.command.ready.eq(external.command.ready & ~ends & ~whose),
            samples.command.ready.eq(external.command.ready & ~ends & whose),
            weights.read_data.valid.eq(external.read_data.valid & ~whose),
            samples.read_data.valid.eq(external.read_data.valid & whose),
            weights.read_data.payload.eq(external.read_data.payload),
            samples.read_data.payload.eq(external.read_data.payload),
            external.read_data.ready.eq(1),
            commanded.eq(external.command.valid & external.command.ready),
            asked.eq(commanded & ~external.command.payload.write),
        ]
        m.d.sync += [
            held.eq(external.command.valid & ~external.command.ready),
            under_way.eq(under_way + asked - external.read_data.valid),
            count.eq(count + (commanded & (count != TURN))),
        ]
        with m.If(ends & (under_way == 0)):
            m.d.sync += [whose.eq(~whose), count.eq(0)]
        return m
