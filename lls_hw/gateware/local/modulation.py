"""Trainable modulation of the scores: LLS-M and LLS-MxM."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    LATENT_BITS,
    LATENT_MAX,
    MODULATED_FRACTION,
    MODULATION_FRACTION,
    MODULATION_GRADIENT_FRACTION,
    PROBABILITY_FRACTION,
    SCORE_FRACTION,
    WEIGHT_BITS,
)
from lls_hw.contract.timing_local import BACKWARD_DRAIN, FORWARD_DRAIN
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import CLASS_BITS, ERROR_BITS, command_layout
from lls_hw.gateware.local.modulation_update import ModulationUpdate
from lls_hw.gateware.local.modulation_walk import ModulationWalk
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.saturate import saturated

__all__ = ["Modulation"]

_SUM_BITS = LATENT_BITS + WEIGHT_BITS - 1 + CLASS_BITS
_FORWARD = MODULATION_FRACTION
_BACKWARD = MODULATION_FRACTION + PROBABILITY_FRACTION - MODULATED_FRACTION
_PAIRS = SCORE_FRACTION + PROBABILITY_FRACTION - MODULATION_GRADIENT_FRACTION
_TAG = data.StructLayout(
    {"valid": 1, "first": 1, "last": 1, "final": 1, "backward": 1, "outer": CLASS_BITS}
)


class Modulation(wiring.Component):
    """`golden.modulation`: the products with M in both directions, and its update.

    `forward` in cycle t takes the scores n and leaves the modulated scores r; `backward` takes the
    errors of r and leaves those of the scores, and adds up the gradient of M, which moves M in the
    last sample. With W = `timing_local.modulation_walk` entries, `done` marks cycle t + W +
    FORWARD_DRAIN or t + W + BACKWARD_DRAIN; one entry a cycle.

    Members
    -------
    command : stable from `prepare` on, which comes before the batch. `step` : stable.
    first_sample, last_sample : of the batch.
    score_en, score_class, score : store n.
    delta_en, delta_class, delta : store the error of r.
    read_class, read : r; latency 2.
    error_en, error_class, error : errors of the scores, classes in order.
    host_* : access to M while idle; `host_read` follows `host_read_addr` by 2 cycles.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        addr = ceil_log2(config.modulation_depth)
        super().__init__(
            {
                "command": In(command_layout(config)),
                "prepare": In(1),
                "step": In(32),
                "first_sample": In(1),
                "last_sample": In(1),
                "forward": In(1),
                "backward": In(1),
                "done": Out(1),
                "score_en": In(1),
                "score_class": In(CLASS_BITS),
                "score": In(signed(LATENT_BITS)),
                "delta_en": In(1),
                "delta_class": In(CLASS_BITS),
                "delta": In(signed(ERROR_BITS)),
                "read_class": In(CLASS_BITS),
                "read": Out(signed(LATENT_BITS)),
                "error_en": Out(1),
                "error_class": Out(CLASS_BITS),
                "error": Out(signed(ERROR_BITS)),
                "host_enable": In(1),
                "host_addr": In(addr),
                "host_data": In(signed(WEIGHT_BITS)),
                "host_read_addr": In(addr),
                "host_read": Out(signed(WEIGHT_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.entries = entries = Ram(WEIGHT_BITS, config.modulation_depth)
        m.submodules.walk = walk = ModulationWalk(config)
        m.submodules.update = update = ModulationUpdate(config)
        backward = Signal()
        with m.If(self.forward | self.backward):
            m.d.sync += backward.eq(self.backward)
        m.d.comb += [
            walk.command.eq(self.command),
            walk.start.eq(self.forward | self.backward),
            walk.backward.eq(backward),
            entries.read.addr.eq(Mux(walk.valid, walk.addr, self.host_read_addr)),
            self.host_read.eq(entries.read.data),
            entries.write.addr.eq(Mux(self.host_enable, self.host_addr, update.write_addr)),
            entries.write.data.eq(Mux(self.host_enable, self.host_data, update.write_data)),
            entries.write.enable.eq(self.host_enable | update.write_enable),
            update.command.eq(self.command),
            update.prepare.eq(self.prepare),
            update.step.eq(self.step),
            update.first_sample.eq(self.first_sample),
            update.last_sample.eq(self.last_sample),
            update.valid.eq(walk.valid & backward),
            update.addr.eq(walk.addr),
            update.row.eq(walk.row),
            update.column.eq(walk.column),
            update.entry.eq(entries.read.data),
        ]
        self._products(m, backward)
        return m

    def _products(self, m, backward):
        """Values of the classes times entries, summed: products 3 cycles behind the walk."""
        sub = m.submodules
        walk, update = sub.walk, sub.update
        depth = 1 << ceil_log2(self._config.max_classes)
        m.submodules.scores = scores = Ram(LATENT_BITS, depth)
        m.submodules.deltas = deltas = Ram(ERROR_BITS, depth)
        m.submodules.modulated = modulated = Ram(LATENT_BITS, depth)
        n, delta, entry = (Signal(signed(w)) for w in (LATENT_BITS, ERROR_BITS, WEIGHT_BITS))
        product = Signal(signed(LATENT_BITS + WEIGHT_BITS - 1))
        pair, total = Signal(signed(LATENT_BITS + ERROR_BITS - 1)), Signal(signed(_SUM_BITS))
        tag = Signal(_TAG)
        late = delay(m, tag, 3, "tag")
        summed = delay(m, late, 1, "summed")
        half = Mux(late.backward, 1 << _BACKWARD - 1, 1 << _FORWARD - 1)
        m.d.comb += [
            scores.write.enable.eq(self.score_en),
            scores.write.addr.eq(self.score_class),
            scores.write.data.eq(self.score),
            deltas.write.enable.eq(self.delta_en),
            deltas.write.addr.eq(self.delta_class),
            deltas.write.data.eq(self.delta),
            scores.read.addr.eq(walk.row),
            deltas.read.addr.eq(walk.column),
            n.eq(scores.read.data),
            delta.eq(deltas.read.data),
            entry.eq(sub.entries.read.data),
            tag.valid.eq(walk.valid),
            tag.first.eq(walk.first),
            tag.last.eq(walk.last),
            tag.final.eq(walk.final),
            tag.outer.eq(walk.outer),
            tag.backward.eq(backward),
        ]
        m.d.sync += [
            product.eq(entry * Mux(backward, delta, n)),
            pair.eq(n * delta),
            total.eq(Mux(late.first, half, total) + product),
        ]
        m.d.comb += update.gradient.eq((pair + (1 << _PAIRS - 1)) >> _PAIRS)
        self._outputs(m, summed, total, modulated)

    def _outputs(self, m, summed, total, modulated):
        """Sums of a class leave: forward saturated, backward as they are."""
        r = Signal(signed(LATENT_BITS))
        done = delay(m, summed, 1, "done")
        scaled = Signal(signed(_SUM_BITS - _FORWARD))
        m.d.comb += scaled.eq(total >> _FORWARD)
        m.d.sync += [r.eq(saturated(scaled, LATENT_MAX)), self.error.eq(total >> _BACKWARD)]
        written = done.valid & done.last
        ended = written & done.final
        m.d.comb += [
            modulated.write.enable.eq(written & ~done.backward),
            modulated.write.addr.eq(done.outer),
            modulated.write.data.eq(r),
            modulated.read.addr.eq(self.read_class),
            self.read.eq(modulated.read.data),
            self.error_en.eq(written & done.backward),
            self.error_class.eq(done.outer),
        ]
        behind = Signal()
        m.d.comb += behind.eq(ended & done.backward)
        late = delay(m, behind, BACKWARD_DRAIN - FORWARD_DRAIN, "behind")
        m.d.comb += self.done.eq((ended & ~done.backward) | late)
