"""Order of the parts of the loss in an engine with modulations."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.local.loss.arithmetic import Phase
from lls_hw.gateware.local.loss.sequence import PARTS, LossSequence, sequence_members
from lls_hw.gateware.local.ports import Run

__all__ = ["ModulatedSequence"]


class ModulatedSequence(wiring.Component):
    """`LossSequence`, and for a layer with a modulation two more stages around it.

    In place of the scale, the scores of all classes are multiplied with 1 / norm and then pass
    the modulation forward; after the projection the errors pass it backward.

    Members
    -------
    normalise : the logits' run is for the modulation. forward, backward : runs of the modulation.
    The others as in `LossSequence`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                **sequence_members(config),
                "normalise": Out(1),
                "forward": Out(Run()),
                "backward": Out(Run()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.plain = plain = LossSequence(self._config)
        busy, modulated = self.control.busy, Signal()
        for part in PARTS:
            if part not in ("scale", "logits"):
                connect(m, getattr(plain, part), flipped(getattr(self, part)))
        m.d.comb += [
            modulated.eq(self.command.modulation != 0),
            plain.command.eq(self.command),
            plain.control.start.eq(self.control.start),
            plain.logits.done.eq(self.logits.done),
            plain.scale.done.eq(self.scale.done),
            self.logits.start.eq(plain.logits.start),
            self.scale.start.eq(plain.scale.start & ~modulated),
            self.phase.eq(plain.phase),
            busy.eq(plain.control.busy),
        ]
        with m.FSM():
            with m.State("PLAIN"):
                with m.If(modulated & plain.scale.start):
                    m.d.comb += self.logits.start.eq(1)
                    m.next = "NORMALISE"
                with m.If(modulated & self.projection.done):
                    m.d.comb += [busy.eq(1), self.backward.start.eq(1)]
                    m.next = "BACKWARD"
            with m.State("NORMALISE"):
                m.d.comb += [self.normalise.eq(1), self.phase.eq(Phase.NORMALISE)]
                with m.If(self.logits.done):
                    m.d.comb += self.forward.start.eq(1)
                    m.next = "FORWARD"
            with m.State("FORWARD"):
                with m.If(self.forward.done):
                    m.d.comb += plain.scale.done.eq(1)
                    m.next = "PLAIN"
            with m.State("BACKWARD"):
                m.d.comb += busy.eq(~self.backward.done)
                with m.If(self.backward.done):
                    m.next = "PLAIN"
        return m
