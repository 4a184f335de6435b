"""Local update unit: errors of a layer's latents, from the latents and the labels alone."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    LATENT_BITS,
    MODULATED_FRACTION,
    PROBABILITY_FRACTION,
    WEIGHT_BITS,
)
from lls_hw.contract.timing_local import FETCH_LATENCY
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import LABEL_BITS, RESULT_LAYOUT, command_layout, label_bits
from lls_hw.gateware.local.error_store import ErrorStore
from lls_hw.gateware.local.gather import Gather
from lls_hw.gateware.local.level import Level
from lls_hw.gateware.local.loss import Loss
from lls_hw.gateware.local.modulation import Modulation
from lls_hw.gateware.local.scatter import Scatter
from lls_hw.gateware.local.score_lanes import SCORE_BITS
from lls_hw.gateware.local.terms import basis_terms
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.scale import EXPONENT_BITS, LEVEL_BITS

__all__ = ["LocalUpdateUnit"]


def _modulation_ports(config: Config) -> dict:
    addr = ceil_log2(config.modulation_depth)
    return {
        "step": In(32),
        "modulation_en": In(1),
        "modulation_addr": In(addr),
        "modulation_data": In(signed(WEIGHT_BITS)),
        "modulation_read_addr": In(addr),
        "modulation_read": Out(signed(WEIGHT_BITS)),
    }


class LocalUpdateUnit(wiring.Component):
    """`golden.integer.latent_error` or `classifier_error` of a batch, and its level.

    A command accepted in cycle t keeps `busy` high in cycles t + 1 .. t + n, with n =
    `timing_local.local_cycles`; it does not depend on the data. Works in slots of up to three
    samples: one is gathered, one has its loss computed, one is scattered.

    Parameters
    ----------
    config : engine configuration.

    Members
    -------
    command : layer and batch; at least one sample, 2 classes and 1 latent.
    busy : the command is under way; all its writes are done when it falls.
    u_addr, u_bank, u_en, u_data : latents; 3 cycles from address to data.
    basis_addr, basis_data : basis, entries of all lanes, lane 0 lowest; 2 cycles.
    label_addr, label_data : labels; 2 cycles.
    d_addr, d_bank, d_en, d_data : errors, where the latents are; `train` only.
    exp_en, exp_addr, exp_data : exponent of each sample (in the low bits of the address) and
        layer; `train` only.
    level_en, level_layer, level_data : level of the batch, once; `train` only.
    result_en, result_addr, result_data : RESULT_LAYOUT of each sample; classifier only.
    step : number of the training step; stable while busy.
    modulation_* : the host's access to modulations while idle; 2 cycles from `modulation_read_addr`
        to `modulation_read`. These and `step` exist only with a `modulation_depth`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        latent_addr, bank = ceil_log2(config.latent_depth), ceil_log2(config.cols)
        layer = ceil_log2(config.max_layers)
        super().__init__(
            {
                "command": In(stream.Signature(command_layout(config))),
                "busy": Out(1),
                "u_addr": Out(latent_addr),
                "u_bank": Out(bank),
                "u_en": Out(1),
                "u_data": In(signed(LATENT_BITS)),
                "basis_addr": Out(ceil_log2(config.basis_depth)),
                "basis_data": In(config.basis_bits * config.lanes),
                "label_addr": Out(label_bits(config)),
                "label_data": In(LABEL_BITS),
                "d_addr": Out(latent_addr),
                "d_bank": Out(bank),
                "d_en": Out(1),
                "d_data": Out(signed(LATENT_BITS)),
                "exp_en": Out(1),
                "exp_addr": Out(layer + ceil_log2(config.max_batch)),
                "exp_data": Out(EXPONENT_BITS),
                "level_en": Out(1),
                "level_layer": Out(layer),
                "level_data": Out(signed(LEVEL_BITS)),
                "result_en": Out(1),
                "result_addr": Out(label_bits(config)),
                "result_data": Out(RESULT_LAYOUT),
                **(_modulation_ports(config) if config.modulation_depth else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.gather = gather = Gather(config)
        m.submodules.loss = loss = Loss(config)
        m.submodules.scatter = scatter = Scatter(config)
        m.submodules.level = Level()
        command = Signal(command_layout(config))
        buffer, begin, end = Signal(), Signal(), Signal()
        for part in (gather, loss, scatter):
            m.d.comb += part.command.eq(command)
        with m.If(begin):
            m.d.sync += [
                buffer.eq(~buffer),
                scatter.mantissa.eq(loss.mantissa),
                scatter.exponent.eq(loss.exponent),
                scatter.coefficient.eq(loss.coefficient),
            ]
        m.d.comb += [
            loss.square.eq(gather.square),
            loss.label.eq(self.label_data),
            self.d_addr.eq(scatter.d_addr),
            self.d_bank.eq(scatter.d_bank),
            self.d_en.eq(scatter.d_en),
            self.d_data.eq(scatter.d_data),
        ]
        self._slots(m, command, begin, end)
        self._fetch(m, command)
        self._stores(m, buffer)
        sample = self._results(m, command)
        if config.modulation_depth:
            self._modulate(m, command, sample)
        return m

    def _slots(self, m, command, begin, end):
        """Passes samples from part to part; a slot ends when all parts are done."""
        sub = m.submodules
        gather, loss, scatter = sub.gather, sub.loss, sub.scatter
        left = Signal.like(command.samples)
        gathered, computed, scattering = Signal(), Signal(), Signal()
        m.d.comb += [self.busy.eq(1), gather.start.eq(begin & (left != 0))]
        m.d.comb += [loss.start.eq(begin & gathered), end.eq(begin)]
        m.d.comb += scatter.start.eq(
            Mux(begin, computed & command.train & (left == 0), scattering & gather.released)
        )
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.busy.eq(0), self.command.ready.eq(1)]
                payload = self.command.payload
                m.d.sync += [
                    command.eq(payload),
                    left.eq(payload.samples),
                    gathered.eq(0),
                    computed.eq(0),
                    gather.base.eq(payload.latent_base),
                    scatter.base.eq(payload.latent_base),
                    self.label_addr.eq(payload.label_base),
                ]
                with m.If(self.command.valid):
                    m.next = "SLOT"
            with m.State("SLOT"):
                m.d.comb += begin.eq(1)
                m.d.sync += [
                    left.eq(left - (left != 0)),
                    gathered.eq(left != 0),
                    computed.eq(gathered),
                    scattering.eq(computed & command.train),
                ]
                m.next = "RUN"
            with m.State("RUN"):
                with m.If(~(gather.busy | loss.busy | scatter.busy)):
                    m.next = "FINISH"
                    with m.If((left != 0) | gathered | (computed & command.train)):
                        m.next = "SLOT"
            with m.State("FINISH"):
                m.d.comb += [end.eq(1), self.level_en.eq(command.train)]
                m.next = "IDLE"
        for part in (gather, scatter):
            with m.If(part.start):
                m.d.sync += part.base.eq(part.base + command.words)
        with m.If(end & computed):
            m.d.sync += self.label_addr.eq(self.label_addr + 1)
        m.d.comb += self.result_en.eq(end & computed & command.classifier)
        m.d.comb += self.exp_en.eq(end & computed & command.train)

    def _fetch(self, m, command):
        """The passes take turns in reading latents and basis."""
        gather, scatter = m.submodules.gather, m.submodules.scatter
        second = scatter.u_en
        m.d.comb += [
            self.u_en.eq(gather.u_en | scatter.u_en),
            self.u_addr.eq(Mux(second, scatter.u_addr, gather.u_addr)),
            self.u_bank.eq(Mux(second, scatter.u_bank, gather.u_bank)),
        ]
        m.d.sync += self.basis_addr.eq(Mux(second, scatter.basis_addr, gather.basis_addr))
        m.submodules.terms = terms = basis_terms(self._config)
        m.d.comb += [
            terms.u.eq(self.u_data),
            terms.basis.eq(self.basis_data),
            terms.scatter.eq(delay(m, second, FETCH_LATENCY, "second")),
            terms.classifier.eq(command.classifier),
            terms.mask.eq(scatter.mask),
            gather.u_data.eq(self.u_data),
            gather.terms.eq(terms.score_terms),
            scatter.u_data.eq(self.u_data),
            scatter.terms.eq(terms.error_terms),
        ]

    def _stores(self, m, buffer):
        """Double buffers between the parts."""
        gather, loss, scatter = m.submodules.gather, m.submodules.loss, m.submodules.scatter
        class_bits = ceil_log2(self._config.max_classes)
        m.submodules.scores = scores = Ram(SCORE_BITS, 2 << class_bits)
        m.submodules.errors = errors = ErrorStore(self._config)
        m.d.comb += [
            scores.write.enable.eq(gather.score_en),
            scores.write.addr.eq(Cat(gather.score_class[:class_bits], buffer)),
            scores.write.data.eq(gather.score),
            scores.read.addr.eq(Cat(loss.score_class[:class_bits], ~buffer)),
            loss.score.eq(scores.read.data),
            errors.buffer.eq(buffer),
            errors.write_en.eq(loss.error_en),
            errors.write_class.eq(loss.error_class),
            errors.write_error.eq(loss.error),
            errors.group.eq(scatter.group),
            m.submodules.terms.errors.eq(errors.errors),
        ]

    def _results(self, m, command):
        """Results of a sample when its loss is computed, of the batch at the end."""
        loss, scatter, level = m.submodules.loss, m.submodules.scatter, m.submodules.level
        fraction = PROBABILITY_FRACTION
        if self._config.modulation_depth:
            fraction = Mux(command.modulation != 0, MODULATED_FRACTION, PROBABILITY_FRACTION)
        sample = Signal(ceil_log2(self._config.max_batch))
        with m.If(self.command.ready):
            m.d.sync += sample.eq(0)
        with m.Elif(self.exp_en):
            m.d.sync += sample.eq(sample + 1)
        m.d.comb += [
            self.result_addr.eq(self.label_addr),
            self.result_data.eq(loss.result),
            self.exp_addr.eq(Cat(sample, command.layer[: len(self.level_layer)])),
            self.exp_data.eq(loss.exponent + fraction),
            self.level_layer.eq(command.layer),
            self.level_data.eq(level.level),
            level.clear.eq(self.command.ready),
            level.error.eq(scatter.d_data),
            level.valid.eq(scatter.d_en),
            level.exponent.eq(scatter.exponent + fraction),
            level.finish.eq(scatter.done),
        ]
        return sample

    def _modulate(self, m, command, sample):
        """A modulation between scores and loss, and between loss and error store."""
        loss, errors = m.submodules.loss, m.submodules.errors
        m.submodules.modulation = modulation = Modulation(self._config)
        accepted = self.command.ready & self.command.valid
        m.d.comb += [
            modulation.command.eq(command),
            modulation.prepare.eq(accepted),
            modulation.step.eq(self.step),
            modulation.first_sample.eq(sample == 0),
            modulation.last_sample.eq(sample == command.samples - 1),
            modulation.forward.eq(loss.forward),
            modulation.backward.eq(loss.backward),
            loss.modulation_done.eq(modulation.done),
            modulation.score_en.eq(loss.normal_en),
            modulation.score_class.eq(loss.normal_class),
            modulation.score.eq(loss.normal),
            modulation.delta_en.eq(loss.error_en),
            modulation.delta_class.eq(loss.error_class),
            modulation.delta.eq(loss.error),
            modulation.read_class.eq(loss.score_class),
            loss.modulated.eq(modulation.read),
            modulation.host_enable.eq(self.modulation_en),
            modulation.host_addr.eq(self.modulation_addr),
            modulation.host_data.eq(self.modulation_data),
            modulation.host_read_addr.eq(self.modulation_read_addr),
            self.modulation_read.eq(modulation.host_read),
        ]
        with m.If(command.modulation != 0):
            m.d.comb += [
                errors.write_en.eq(modulation.error_en),
                errors.write_class.eq(modulation.error_class),
                errors.write_error.eq(modulation.error),
            ]
