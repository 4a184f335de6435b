"""Order of the parts of the loss."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.loss.arithmetic import Phase
from lls_hw.gateware.local.ports import PartControl, Run

__all__ = ["PARTS", "LossSequence", "sequence_members"]

PARTS = ("norm", "scale", "logits", "powers", "reciprocal", "errors", "projection")
"""Parts of the loss, in their order."""


def sequence_members(config: Config) -> dict:
    """Members of a sequence: what starts it, the runs of all parts, and the phase."""
    return {
        "command": In(command_layout(config)),
        "control": In(PartControl()),
        "phase": Out(Phase),
        **{part: Out(Run()) for part in PARTS},
    }


class LossSequence(wiring.Component):
    """Runs the parts one after another; each starts in the last cycle of the one before.

    A classifier has no norm, no scale and no projection. `busy` falls in the last cycle of the
    last part.

    Members
    -------
    command : stable while busy. control : starts a sample.
    phase : what the shared arithmetic does; a register.
    norm, scale, logits, powers, reciprocal, errors, projection : runs of the parts.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(sequence_members(config))

    def elaborate(self, platform):
        m = Module()
        busy, classifier = self.control.busy, self.command.classifier
        m.d.comb += busy.eq(1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += busy.eq(0)
                with m.If(self.control.start):
                    m.d.comb += [self.logits.start.eq(classifier), self.norm.start.eq(~classifier)]
                    m.next = "NORM"
                    with m.If(classifier):
                        m.d.sync += self.phase.eq(Phase.LOGITS)
                        m.next = "LOGITS"
            with m.State("NORM"):
                with m.If(self.norm.done):
                    m.d.comb += self.scale.start.eq(1)
                    m.d.sync += self.phase.eq(Phase.SCALE)
                    m.next = "SCALE"
            with m.State("SCALE"):
                with m.If(self.scale.done):
                    m.d.comb += self.logits.start.eq(1)
                    m.d.sync += self.phase.eq(Phase.LOGITS)
                    m.next = "LOGITS"
            with m.State("LOGITS"):
                with m.If(self.logits.done):
                    m.d.comb += self.powers.start.eq(1)
                    m.d.sync += self.phase.eq(Phase.NORMALISE)
                    m.next = "POWERS"
            with m.State("POWERS"):
                with m.If(self.powers.done):
                    m.d.comb += self.reciprocal.start.eq(1)
                    m.next = "RECIPROCAL"
            with m.State("RECIPROCAL"):
                with m.If(self.reciprocal.done):
                    m.d.comb += self.errors.start.eq(1)
                    m.d.sync += self.phase.eq(Phase.ERRORS)
                    m.next = "ERRORS"
            with m.State("ERRORS"):
                with m.If(self.errors.done):
                    m.d.comb += [busy.eq(~classifier), self.projection.start.eq(~classifier)]
                    m.d.sync += self.phase.eq(Mux(classifier, Phase.NORMALISE, Phase.PROJECTION))
                    m.next = "PROJECTION"
                    with m.If(classifier):
                        m.next = "IDLE"
            with m.State("PROJECTION"):
                with m.If(self.projection.done):
                    m.d.comb += busy.eq(0)
                    m.d.sync += self.phase.eq(Phase.NORMALISE)
                    m.next = "IDLE"
        return m
