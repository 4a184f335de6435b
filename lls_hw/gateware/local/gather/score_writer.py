"""Way of the scores into their memory."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS, LATENT_BITS
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.ports import class_write
from lls_hw.gateware.local.widths import SCORE_BITS

__all__ = ["ScoreWriter"]


class ScoreWriter(wiring.Component):
    """Writes the scores of a sample, classes in order, one a cycle.

    From the cycle after `group_end` on, `shift` is high and the sums of a group leave the lanes,
    until the group or the classes end. A classifier's latents are its scores.

    Members
    -------
    command : stable while busy. start : a sample begins.
    busy : from the cycle after `start` until the one before the last score is written.
    latent_valid, latent : of a classifier.
    group_end : the sums of a group are complete in the next cycle. shift, total : lane 0's sum.
    scores : the memory.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "start": In(1),
                "busy": Out(1),
                "latent_valid": In(1),
                "latent": In(signed(LATENT_BITS)),
                "group_end": In(1),
                "shift": Out(1),
                "total": In(signed(SCORE_BITS)),
                "scores": Out(class_write(signed(SCORE_BITS))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        classifier, scores = self.command.classifier, self.scores
        lane = scores.addr[: ceil_log2(self._config.lanes)]
        pending, last, last_class = Signal(), Signal(), Signal(CLASS_BITS)
        m.d.sync += last_class.eq(self.command.classes - 1)
        m.d.comb += [
            last.eq(scores.addr == last_class),
            self.busy.eq(pending & ~(scores.enable & last)),
        ]
        with m.If(classifier):
            m.d.comb += [scores.enable.eq(self.latent_valid), scores.data.eq(self.latent)]
        with m.Else():
            m.d.comb += [scores.enable.eq(self.shift), scores.data.eq(self.total)]
        with m.If(self.start):
            m.d.sync += [scores.addr.eq(0), pending.eq(1)]
        with m.Elif(scores.enable):
            m.d.sync += [scores.addr.eq(scores.addr + 1), pending.eq(~last)]
        with m.If(self.group_end & ~classifier):
            m.d.sync += self.shift.eq(1)
        with m.Elif(last | lane.all()):
            m.d.sync += self.shift.eq(0)
        return m
