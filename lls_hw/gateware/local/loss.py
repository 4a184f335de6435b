"""From the scores of a sample to its errors."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    EXPONENT_FRACTION,
    LATENT_BITS,
    LOG2E,
    LOG2E_FRACTION,
    LOGIT_FRACTION,
    PROBABILITY_FRACTION,
    SCORE_FRACTION,
)
from lls_hw.contract.timing_local import SCALE_CYCLES
from lls_hw.gateware.local.command import (
    CLASS_BITS,
    ERROR_BITS,
    LABEL_BITS,
    RESULT_LAYOUT,
    command_layout,
)
from lls_hw.gateware.local.errors import Errors
from lls_hw.gateware.local.inverse_norm import (
    EXPONENT_BITS,
    MANTISSA_BITS,
    SQUARE_BITS,
    InverseNorm,
)
from lls_hw.gateware.local.logits import LOGIT_BITS, Logits
from lls_hw.gateware.local.multiplier import WideMultiplier
from lls_hw.gateware.local.powers import POWER_BITS, Powers
from lls_hw.gateware.local.projection import ALONG_BITS, COEFFICIENT_BITS, WIDE_BITS, Projection
from lls_hw.gateware.local.reciprocal import Reciprocal
from lls_hw.gateware.local.score_lanes import SCORE_BITS
from lls_hw.gateware.local.shifter import Shifter
from lls_hw.gateware.memory.ram import Ram

__all__ = ["Loss"]

_LEAST_SHIFT = 4
"""Scores are shifted by at least 4: exponent 1 at the lowest temperature."""
_NORMAL_SHIFT = 15 - SCORE_FRACTION - _LEAST_SHIFT
_MODULATED_SHIFT = LOG2E_FRACTION + SCORE_FRACTION - EXPONENT_FRACTION - _LEAST_SHIFT
_UNIT = 15
"""Behind the modulation 1 / norm is one: mantissa 2**15."""


class Loss(wiring.Component):
    """Norm, softmax, error and projection, one after another on one multiplier and shifter.

    `start` in cycle t takes `square`; `busy` is high from t + 1 until the cycle before
    t + `timing_local.signal_cycles`. All outputs are stable from then until the next start. For
    the classifier the results are those that leave the errors as they are.

    Members
    -------
    command, label : stable while busy.
    score_class, score : read port of the scores; latency 2.
    error_en, error_class, error : errors, classes in order.
    mantissa, exponent : 1 / norm. coefficient : of the latent in its error.
    result : probability of the label and prediction.
    normal_en, normal_class, normal, forward, backward, modulated, modulation_done : the score and
        control ports of `Modulation`, idle without one.
    """

    def __init__(self, config: Config) -> None:
        self._max_classes = config.max_classes
        self._modulation = config.modulation_depth > 0
        super().__init__(
            {
                "command": In(command_layout(config)),
                "start": In(1),
                "busy": Out(1),
                "square": In(SQUARE_BITS),
                "label": In(LABEL_BITS),
                "score_class": Out(CLASS_BITS),
                "score": In(signed(SCORE_BITS)),
                "error_en": Out(1),
                "error_class": Out(CLASS_BITS),
                "error": Out(signed(ERROR_BITS)),
                "mantissa": Out(MANTISSA_BITS),
                "exponent": Out(EXPONENT_BITS),
                "coefficient": Out(signed(COEFFICIENT_BITS)),
                "result": Out(RESULT_LAYOUT),
                "normal_en": Out(1),
                "normal_class": Out(CLASS_BITS),
                "normal": Out(signed(LATENT_BITS)),
                "forward": Out(1),
                "backward": Out(1),
                "modulated": In(signed(LATENT_BITS)),
                "modulation_done": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.norm = norm = InverseNorm()
        m.submodules.logits = logits = Logits()
        m.submodules.powers = powers = Powers()
        m.submodules.reciprocal = reciprocal = Reciprocal()
        m.submodules.errors = errors = Errors()
        m.submodules.projection = projection = Projection()
        m.submodules.multiplier = multiplier = WideMultiplier(SCORE_BITS)
        m.submodules.shifter = shifter = Shifter(WIDE_BITS, ALONG_BITS)

        classifier = self.command.classifier
        for loop in (logits, powers, errors):
            m.d.comb += loop.classes.eq(self.command.classes)
        m.d.comb += [
            norm.square.eq(self.square),
            logits.logit.eq(shifter.o),
            powers.top.eq(logits.top),
            reciprocal.divisor.eq(powers.total),
            errors.reciprocal.eq(reciprocal.quotient),
            errors.label.eq(self.label),
            errors.product.eq(multiplier.o),
            projection.dot.eq(errors.dot),
            projection.product.eq(multiplier.o),
            projection.along.eq(shifter.o),
            self.error_en.eq(errors.write_en),
            self.error_class.eq(errors.write_class),
            self.error.eq(errors.error),
            self.mantissa.eq(Mux(classifier, 1 << PROBABILITY_FRACTION, norm.mantissa)),
            self.exponent.eq(Mux(classifier, 0, norm.exponent)),
            self.coefficient.eq(Mux(classifier, 0, projection.coefficient)),
            self.result.probability.eq(errors.probability),
            self.result.prediction.eq(logits.prediction),
            self.normal_class.eq(logits.write_class),
            self.normal.eq(logits.logit),
        ]
        self._sequence(m)
        self._memory(m)
        return m

    def _source(self, m):
        """Scores behind the modulation, if there is one, and 1 / norm for those in front of it."""
        norm = m.submodules.norm
        if not self._modulation:
            return self.score, norm.mantissa, norm.exponent
        modulated = self.command.modulation != 0
        return (
            Mux(modulated, self.modulated, self.score),
            Mux(modulated, 1 << _UNIT, norm.mantissa),
            Mux(modulated, _UNIT - 1, norm.exponent),
        )

    def _sequence(self, m):
        """Starts the parts in turn and gives them the multiplier and the shifter."""
        sub, command = m.submodules, self.command
        multiplier, shifter, norm = sub.multiplier, sub.shifter, sub.norm
        score, mantissa, exponent = self._source(m)
        scale = Signal(signed(18))
        count = Signal(range(SCALE_CYCLES))
        to_logit = LOG2E_FRACTION + LOGIT_FRACTION - EXPONENT_FRACTION
        exponent_shift = 15 - EXPONENT_FRACTION - _LEAST_SHIFT
        m.d.comb += [
            self.busy.eq(1),
            self.score_class.eq(sub.logits.index),
            multiplier.a.eq(self.score),
            multiplier.b.eq(norm.mantissa),
            shifter.i.eq(multiplier.o >> _LEAST_SHIFT),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(0)
                m.d.sync += scale.eq(LOG2E)
                with m.If(self.start & command.classifier):
                    m.d.comb += sub.logits.start.eq(1)
                    m.d.sync += shifter.amount.eq(to_logit - _LEAST_SHIFT)
                    m.next = "LOGITS"
                with m.Elif(self.start):
                    m.d.comb += norm.start.eq(1)
                    m.next = "NORM"
            with m.State("NORM"):
                m.d.sync += count.eq(0)
                m.d.sync += shifter.amount.eq(
                    norm.exponent + exponent_shift - command.temperature_shift
                )
                with m.If(norm.done):
                    m.next = "SCALE"
                if self._modulation:
                    with m.If(command.modulation != 0):
                        m.d.sync += shifter.amount.eq(norm.exponent + _NORMAL_SHIFT)
                        m.d.comb += sub.logits.start.eq(norm.done)
                        with m.If(norm.done):
                            m.next = "NORMALISE"
            with m.State("SCALE"):
                m.d.comb += multiplier.a.eq(LOG2E)
                m.d.sync += [count.eq(count + 1), scale.eq(multiplier.o >> LOG2E_FRACTION)]
                with m.If(count == SCALE_CYCLES - 1):
                    m.d.comb += sub.logits.start.eq(1)
                    m.next = "LOGITS"
            with m.State("LOGITS"):
                m.d.comb += [multiplier.a.eq(score), multiplier.b.eq(scale)]
                with m.If(sub.logits.done):
                    m.d.comb += sub.powers.start.eq(1)
                    m.next = "POWERS"
            with m.State("POWERS"):
                with m.If(sub.powers.done):
                    m.d.comb += sub.reciprocal.start.eq(1)
                    m.next = "RECIPROCAL"
            with m.State("RECIPROCAL"):
                with m.If(sub.reciprocal.done):
                    m.d.comb += sub.errors.start.eq(1)
                    m.next = "ERRORS"
            with m.State("ERRORS"):
                m.d.comb += self.score_class.eq(sub.errors.score_index)
                m.d.comb += [multiplier.a.eq(score), multiplier.b.eq(self.error)]
                m.d.sync += shifter.amount.eq(exponent - 1)
                with m.If(sub.errors.done):
                    m.d.comb += self.busy.eq(~command.classifier)
                    m.d.comb += sub.projection.start.eq(~command.classifier)
                    m.next = "PROJECTION"
                    with m.If(command.classifier):
                        m.next = "IDLE"
            with m.State("PROJECTION"):
                m.d.comb += multiplier.a.eq(sub.projection.factor)
                m.d.comb += shifter.i.eq(sub.projection.wide)
                with m.If(sub.projection.first):
                    m.d.comb += multiplier.b.eq(mantissa)
                with m.If(sub.projection.done):
                    m.d.comb += self.busy.eq(0)
                    m.next = "IDLE"
                    if self._modulation:
                        with m.If(command.modulation != 0):
                            m.d.comb += [self.busy.eq(1), self.backward.eq(1)]
                            m.next = "BACKWARD"
            if self._modulation:
                self._modulated(m)

    def _modulated(self, m):
        """States of a modulated layer, and what they change in the others."""
        sub, command = m.submodules, self.command
        with m.State("NORMALISE"):
            m.d.comb += [self.normal_en.eq(sub.logits.write_en), self.forward.eq(sub.logits.done)]
            with m.If(sub.logits.done):
                m.next = "MODULATE"
        with m.State("MODULATE"):
            m.d.sync += sub.shifter.amount.eq(_MODULATED_SHIFT - command.temperature_shift)
            m.d.comb += sub.logits.start.eq(self.modulation_done)
            with m.If(self.modulation_done):
                m.next = "LOGITS"
        with m.State("BACKWARD"):
            with m.If(self.modulation_done):
                m.d.comb += self.busy.eq(0)
                m.next = "IDLE"

    def _memory(self, m):
        """One memory for logits and, in their place, powers."""
        sub = m.submodules
        logits, powers, errors = sub.logits, sub.powers, sub.errors
        depth = 1 << ceil_log2(self._max_classes)
        m.submodules.values = values = Ram(max(LOGIT_BITS, POWER_BITS), depth)
        m.d.comb += [
            powers.logit.eq(values.read.data),
            errors.power.eq(values.read.data),
            values.read.addr.eq(powers.index | errors.index),
            values.write.enable.eq(logits.write_en | powers.write_en),
            values.write.addr.eq(Mux(logits.write_en, logits.write_class, powers.write_class)),
            values.write.data.eq(Mux(logits.write_en, logits.logit, powers.power)),
        ]
