"""How the softmax sees the scores of a sample."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    EXPONENT_FRACTION,
    LATENT_BITS,
    LOG2E_FRACTION,
    LOGIT_FRACTION,
    PROBABILITY_FRACTION,
    SCORE_FRACTION,
)
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.ports import NORM_LAYOUT
from lls_hw.gateware.local.shifter import AMOUNT_BITS
from lls_hw.gateware.local.widths import SCORE_BITS

__all__ = ["LEAST_SHIFT", "ModulatedScores", "PlainScores", "ScoreView"]

LEAST_SHIFT = 4
"""Scores are shifted by at least 4: exponent 1 at the lowest temperature."""
_CLASSIFIER = LOG2E_FRACTION + LOGIT_FRACTION - EXPONENT_FRACTION - LEAST_SHIFT
_LOCAL = PROBABILITY_FRACTION - EXPONENT_FRACTION - LEAST_SHIFT
_NORMAL = PROBABILITY_FRACTION - SCORE_FRACTION - LEAST_SHIFT
_MODULATED = LOG2E_FRACTION + SCORE_FRACTION - EXPONENT_FRACTION - LEAST_SHIFT


class ScoreView(wiring.Signature):
    """A score, 1 / norm of the scores, and the right shift of a scaled score to a logit.

    The shift comes on top of LEAST_SHIFT.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "score": Out(signed(SCORE_BITS)),
                "norm": Out(NORM_LAYOUT),
                "shift": Out(AMOUNT_BITS),
            }
        )


class PlainScores(wiring.Component):
    """The scores themselves; latency 0.

    Members
    -------
    command : stable. score : of a class. norm : 1 / norm of the latents.
    view : what the softmax sees.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(_members(config))

    def elaborate(self, platform):
        m = Module()
        local = self.norm.exponent + _LOCAL - self.command.temperature_shift
        m.d.comb += [
            self.view.score.eq(self.score),
            self.view.norm.eq(self.norm),
            self.view.shift.eq(Mux(self.command.classifier, _CLASSIFIER, local)),
        ]
        return m


class ModulatedScores(wiring.Component):
    """The scores themselves, or, for a layer with a modulation, the modulated ones.

    Modulated scores are normal already: their 1 / norm is one. Latency 0.

    Members
    -------
    normalise : the scores are on their way to the modulation.
    modulated : modulated score of the class.
    The others as in `PlainScores`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {**_members(config), "normalise": In(1), "modulated": In(signed(LATENT_BITS))}
        )

    def elaborate(self, platform):
        m = Module()
        command = self.command
        m.submodules.plain = plain = PlainScores(self._config)
        m.d.comb += [
            plain.command.eq(command),
            plain.score.eq(self.score),
            plain.norm.eq(self.norm),
            self.view.score.eq(plain.view.score),
            self.view.norm.eq(plain.view.norm),
            self.view.shift.eq(plain.view.shift),
        ]
        with m.If(self.normalise):
            m.d.comb += self.view.shift.eq(self.norm.exponent + _NORMAL)
        with m.Elif(command.modulation != 0):
            m.d.comb += [
                self.view.score.eq(self.modulated),
                self.view.norm.mantissa.eq(1 << PROBABILITY_FRACTION),
                self.view.norm.exponent.eq(PROBABILITY_FRACTION - 1),
                self.view.shift.eq(_MODULATED - command.temperature_shift),
            ]
        return m


def _members(config: Config) -> dict:
    return {
        "command": In(command_layout(config)),
        "score": In(signed(SCORE_BITS)),
        "norm": In(NORM_LAYOUT),
        "view": Out(ScoreView()),
    }
