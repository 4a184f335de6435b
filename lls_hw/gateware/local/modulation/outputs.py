"""Modulated scores and the errors of the scores, from the sums of products."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS, LATENT_MAX
from lls_hw.contract.latency_local import MODULATED_LATENCY
from lls_hw.contract.timing_local import BACKWARD_DRAIN, FORWARD_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.class_memory import ClassMemory
from lls_hw.gateware.local.modulation.products import BACKWARD_SHIFT, FORWARD_SHIFT, SUM_BITS
from lls_hw.gateware.local.modulation.walk import ENTRY_TAG
from lls_hw.gateware.local.ports import class_read, class_write
from lls_hw.gateware.local.widths import ERROR_BITS
from lls_hw.gateware.saturate import saturated

__all__ = ["ModulationOutputs"]


class ModulationOutputs(wiring.Component):
    """Stores modulated scores, saturated, and sends on errors, which need no saturation.

    One value a cycle; both are written MODULATED_LATENCY = 1 cycle after their sum.

    Members
    -------
    total, tag : sum of products, complete where `tag.last` says so.
    scores : reads a modulated score, RAM_LATENCY cycles from address to data.
    errors : stores the error of a score, classes in order.
    forward_done : the last score is written. backward_done : the last new entry is.
    """

    LATENCY = MODULATED_LATENCY

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "total": In(signed(SUM_BITS)),
                "tag": In(ENTRY_TAG),
                "scores": In(class_read(signed(LATENT_BITS))),
                "errors": Out(class_write(signed(ERROR_BITS))),
                "forward_done": Out(1),
                "backward_done": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.scores = scores = ClassMemory(self._config, LATENT_BITS)
        connect(m, flipped(self.scores), scores.read)
        score = Signal(signed(LATENT_BITS))
        scaled = Signal(signed(SUM_BITS - FORWARD_SHIFT))
        written, ended = Signal(), Signal()
        tag = delay(m, self.tag, MODULATED_LATENCY, "tag")
        m.d.sync += [
            score.eq(saturated(scaled, LATENT_MAX)),
            self.errors.data.eq(self.total >> BACKWARD_SHIFT),
        ]
        m.d.comb += [
            scaled.eq(self.total >> FORWARD_SHIFT),
            written.eq(tag.valid & tag.last),
            ended.eq(written & tag.final & tag.backward),
            scores.write.enable.eq(written & ~tag.backward),
            scores.write.addr.eq(tag.outer),
            scores.write.data.eq(score),
            self.errors.enable.eq(written & tag.backward),
            self.errors.addr.eq(tag.outer),
            self.forward_done.eq(written & tag.final & ~tag.backward),
            self.backward_done.eq(delay(m, ended, BACKWARD_DRAIN - FORWARD_DRAIN, "ended")),
        ]
        return m
