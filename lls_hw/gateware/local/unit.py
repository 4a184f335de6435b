"""Local update unit: errors of a layer's latents, from the latents and the labels alone."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.gateware.local.class_memory import ClassMemory
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.error_store import ErrorStore
from lls_hw.gateware.local.fetch import FetchArbiter
from lls_hw.gateware.local.gather.gather import Gather
from lls_hw.gateware.local.loss.loss import Loss
from lls_hw.gateware.local.modulation.modulation import Modulation
from lls_hw.gateware.local.records import Records
from lls_hw.gateware.local.scatter.scatter import Scatter
from lls_hw.gateware.local.slots import SlotSequencer
from lls_hw.gateware.local.terms import basis_terms
from lls_hw.gateware.local.votes import Votes
from lls_hw.gateware.local.widths import SCORE_BITS
from lls_hw.gateware.ports import (
    BasisRead,
    ElementRead,
    ErrorWrite,
    ExponentWrite,
    LabelRead,
    LatentRead,
    LevelWrite,
    ResultWrite,
    element_write,
)

__all__ = ["LocalUpdateUnit"]


def _modulation_ports() -> dict:
    return {
        "step": In(32),
        "modulation_write": In(element_write()),
        "modulation_read": In(ElementRead()),
    }


class LocalUpdateUnit(wiring.Component):
    """`golden.integer.latent_error` or `classifier_error` of a batch, and its level.

    A command accepted in cycle t keeps `busy` high in cycles t + 1 .. t + n, with n =
    `timing_local.local_cycles`; it does not depend on the data. The unit works in slots of up to
    three samples: it gathers one, computes the loss of one, and scatters one.

    Parameters
    ----------
    config : engine configuration.

    Members
    -------
    command : layer and batch; at least one sample, 2 classes and 1 latent.
    busy : the command is under way; all its writes are done when it falls.
    latents, basis, labels : memories that it reads.
    errors : errors, where the latents are; `train` only.
    exponents, levels : exponent of each sample, and the batch's level, once; `train` only.
    results : of each sample; classifier only.
    step : number of the training step; stable while busy.
    modulation_write, modulation_read : the host's access to modulations while idle. These and
        `step` exist only with a `modulation_depth`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(stream.Signature(command_layout(config))),
                "busy": Out(1),
                "latents": Out(LatentRead(config)),
                "basis": Out(BasisRead(config)),
                "labels": Out(LabelRead(config)),
                "errors": Out(ErrorWrite(config)),
                "exponents": Out(ExponentWrite(config)),
                "levels": Out(LevelWrite(config)),
                "results": Out(ResultWrite(config)),
                **(_modulation_ports() if config.modulation_depth else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.slots = slots = SlotSequencer(config)
        m.submodules.gather = gather = Gather(config)
        m.submodules.loss = loss = Loss(config)
        m.submodules.scatter = scatter = Scatter(config)
        m.submodules.fetch = fetch = FetchArbiter(config)
        m.submodules.terms = terms = basis_terms(config)
        m.submodules.scores = scores = ClassMemory(config, SCORE_BITS, double=True)
        m.submodules.errors = errors = ErrorStore(config)
        m.submodules.records = records = Records(config)

        connect(m, flipped(self.command), slots.command)
        connect(m, slots.gather, gather.control)
        connect(m, slots.loss, loss.control)
        connect(m, slots.scatter, scatter.control)
        connect(m, gather.fetch, fetch.gather)
        connect(m, scatter.fetch, fetch.scatter)
        connect(m, fetch.latents, flipped(self.latents))
        connect(m, fetch.basis, flipped(self.basis))
        connect(m, fetch.fetched, terms.fetched)
        connect(m, scatter.lanes, terms.lanes)
        connect(m, terms.errors, errors.read)
        connect(m, gather.scores, scores.write)
        connect(m, loss.scores, scores.read)
        connect(m, scatter.errors, flipped(self.errors))
        connect(m, scatter.levels, flipped(self.levels))
        connect(m, records.results, flipped(self.results))
        connect(m, records.exponents, flipped(self.exponents))
        if config.modulation_depth:
            m.submodules.modulation = modulation = Modulation(config)
            connect(m, loss.modulation, modulation.loss)
            connect(m, loss.errors, modulation.loss_errors)
            connect(m, modulation.errors, errors.write)
            connect(m, flipped(self.modulation_write), modulation.write)
            connect(m, flipped(self.modulation_read), modulation.read)
            m.d.comb += [
                modulation.command.eq(slots.current),
                modulation.first.eq(slots.first),
                modulation.step.eq(self.step),
                modulation.sample.eq(records.sample),
            ]
        else:
            connect(m, loss.errors, errors.write)
        if config.vote_depth:
            m.submodules.votes = votes = Votes(config)
            connect(m, loss.exponents, votes.exponent)
            m.d.comb += [
                votes.command.eq(slots.current),
                votes.first.eq(slots.first),
                votes.sample_end.eq(slots.sample_end),
            ]
        for part in (gather, loss, scatter, records):
            m.d.comb += part.command.eq(slots.current)
        for part in (scatter, records):
            m.d.comb += part.first.eq(slots.first)
        m.d.comb += [
            self.busy.eq(slots.busy),
            self.labels.addr.eq(records.label_addr),
            slots.released.eq(gather.released),
            scores.buffer.eq(slots.buffer),
            errors.buffer.eq(slots.buffer),
            terms.classifier.eq(slots.current.classifier),
            gather.latent.eq(fetch.fetched.latent),
            gather.terms.eq(terms.score_terms),
            loss.square.eq(gather.square),
            loss.label.eq(self.labels.data),
            scatter.latent.eq(fetch.fetched.latent),
            scatter.terms.eq(terms.error_terms),
            scatter.take.eq(slots.begin),
            scatter.jacobian.eq(loss.jacobian),
            scatter.batch_end.eq(slots.batch_end),
            records.sample_end.eq(slots.sample_end),
            records.result.eq(loss.result),
            records.exponent.eq(loss.jacobian.norm.exponent),
        ]
        if config.vote_depth:
            with m.If(slots.current.vote):
                m.d.comb += records.result.prediction.eq(votes.prediction)
        return m
