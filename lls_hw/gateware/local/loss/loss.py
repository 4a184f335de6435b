"""From the scores of a sample to its errors."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import CLASS_BITS
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.loss.arithmetic import SharedArithmetic
from lls_hw.gateware.local.loss.errors import Errors
from lls_hw.gateware.local.loss.inverse_norm import InverseNorm
from lls_hw.gateware.local.loss.logits import Logits
from lls_hw.gateware.local.loss.modulated_sequence import ModulatedSequence
from lls_hw.gateware.local.loss.powers import Powers
from lls_hw.gateware.local.loss.projection import Projection
from lls_hw.gateware.local.loss.reciprocal import Reciprocal
from lls_hw.gateware.local.loss.scale import Scale
from lls_hw.gateware.local.loss.scores import ModulatedScores, PlainScores
from lls_hw.gateware.local.loss.sequence import PARTS, LossSequence
from lls_hw.gateware.local.loss.values import ValueMemory
from lls_hw.gateware.local.ports import (
    JACOBIAN_LAYOUT,
    Modulated,
    PartControl,
    class_read,
    class_write,
)
from lls_hw.gateware.local.widths import ERROR_BITS, LOGIT_BITS, SCORE_BITS, SQUARE_BITS
from lls_hw.gateware.ports import RESULT_LAYOUT

__all__ = ["Loss"]


class Loss(wiring.Component):
    """Norm, softmax, error and projection, one after another on one multiplier and shifter.

    `start` in cycle t takes `square`; `busy` is high from t + 1 until the cycle before
    t + `timing_local.signal_cycles`. All outputs are stable from then until the next start. For
    the classifier the results are those that leave the errors as they are.

    Members
    -------
    command, label : stable while busy. control : starts a sample. square : sum of squares.
    scores : the memory, RAM_LATENCY cycles from address to data.
    errors : stores the errors, classes in order.
    jacobian : 1 / norm, and the coefficient of the latent in its error.
    result : probability of the label and prediction.
    exponents : base-2 exponents of the softmax, classes in order.
    modulation : only with a `modulation_depth`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "control": In(PartControl()),
                "square": In(SQUARE_BITS),
                "label": In(CLASS_BITS),
                "scores": Out(class_read(signed(SCORE_BITS))),
                "errors": Out(class_write(signed(ERROR_BITS))),
                "jacobian": Out(JACOBIAN_LAYOUT),
                "result": Out(RESULT_LAYOUT),
                "exponents": Out(class_write(signed(LOGIT_BITS))),
                **({"modulation": Out(Modulated())} if config.modulation_depth else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, command, modulated = self._config, self.command, self._config.modulation_depth > 0
        sequence = ModulatedSequence(config) if modulated else LossSequence(config)
        scores = ModulatedScores(config) if modulated else PlainScores(config)
        m.submodules.sequence, m.submodules.scores = sequence, scores
        m.submodules.arithmetic = arithmetic = SharedArithmetic()
        m.submodules.values = values = ValueMemory(config)
        m.submodules.norm = norm = InverseNorm()
        m.submodules.scale = scale = Scale()
        m.submodules.logits = logits = Logits()
        m.submodules.powers = powers = Powers()
        m.submodules.reciprocal = reciprocal = Reciprocal()
        m.submodules.errors = errors = Errors()
        m.submodules.projection = projection = Projection()
        for name in PARTS:
            connect(m, getattr(sequence, name), getattr(m.submodules, name).run)
        connect(m, flipped(self.control), sequence.control)
        connect(m, scores.view, arithmetic.scores)
        connect(m, projection.operands, arithmetic.projection)
        connect(m, logits.write, values.logits)
        connect(m, powers.read, values.read_logits)
        connect(m, powers.write, values.powers)
        connect(m, errors.read, values.read_powers)
        connect(m, errors.write, flipped(self.errors))
        if modulated:
            connect(m, sequence.forward, flipped(self.modulation.forward))
            connect(m, sequence.backward, flipped(self.modulation.backward))
            m.d.comb += [
                scores.normalise.eq(sequence.normalise),
                scores.modulated.eq(self.modulation.scores.data),
                self.modulation.scores.addr.eq(self.scores.addr),
                self.modulation.normal.enable.eq(sequence.normalise & logits.write.enable),
                self.modulation.normal.addr.eq(logits.write.addr),
                self.modulation.normal.data.eq(logits.write.data),
            ]

        for loop in (logits, powers, errors):
            m.d.comb += loop.classes.eq(command.classes)
        m.d.comb += [
            sequence.command.eq(command),
            scores.command.eq(command),
            scores.score.eq(self.scores.data),
            scores.norm.eq(norm.norm),
            self.scores.addr.eq(logits.index | errors.score_index),
            norm.square.eq(self.square),
            scale.clear.eq(self.control.start),
            scale.product.eq(arithmetic.product),
            logits.logit.eq(arithmetic.shifted),
            powers.top.eq(logits.top),
            reciprocal.divisor.eq(powers.total),
            errors.reciprocal.eq(reciprocal.quotient),
            errors.label.eq(self.label),
            errors.product.eq(arithmetic.product),
            projection.classifier.eq(command.classifier),
            projection.dot.eq(errors.dot),
            projection.norm.eq(norm.norm),
            self.jacobian.eq(projection.jacobian),
            arithmetic.phase.eq(sequence.phase),
            arithmetic.mantissa.eq(norm.norm.mantissa),
            arithmetic.scale.eq(scale.scale),
            arithmetic.error.eq(errors.write.data),
            self.result.probability.eq(errors.probability),
            self.result.prediction.eq(logits.prediction),
            self.exponents.addr.eq(logits.write.addr),
            self.exponents.data.eq(logits.write.data),
            self.exponents.enable.eq(
                logits.write.enable & ~(sequence.normalise if modulated else 0)
            ),
        ]
        return m
