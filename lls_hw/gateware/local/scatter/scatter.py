"""Second pass over a sample: errors of its latents."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import LATENT_BITS
from lls_hw.contract.latency_local import FETCH_LATENCY
from lls_hw.contract.timing_local import term_cycles, term_latency
from lls_hw.gateware.delay import delay
from lls_hw.gateware.local.command import command_layout, error_fraction
from lls_hw.gateware.local.ports import JACOBIAN_LAYOUT, ErrorLanes, Fetch, PassControl
from lls_hw.gateware.local.scatter.back_projection import BackProjection
from lls_hw.gateware.local.scatter.jacobian import Jacobian
from lls_hw.gateware.local.scatter.lane_choice import LaneChoice
from lls_hw.gateware.local.scatter.level import Level
from lls_hw.gateware.local.scatter.walk import ScatterWalk
from lls_hw.gateware.local.widths import error_term_bits
from lls_hw.gateware.ports import ErrorWrite, LevelWrite

__all__ = ["Scatter"]


class Scatter(wiring.Component):
    """Reads each latent once and the errors' back-projection onto it, group by group.

    The latents come one after another, for each all groups of `lanes` classes. A classifier needs
    only the group of its latent; its basis is the identity. Padding after the channels of a cell
    gets 0.

    With `start` in cycle t the first address is out in cycle t + 1; with L =
    `timing_local.scatter_drain` the pass ends L cycles after the last address; the last error is
    written LEVEL_LATENCY cycles before. `busy` is high from t + 1 until the cycle before the end.

    Members
    -------
    command : stable while busy. control : starts a sample.
    take : takes `jacobian`, what depends on the sample's loss; at the latest with its start.
    fetch : latents and basis; `latent` follows an address by FETCH_LATENCY cycles, `terms` by
        `timing_local.term_latency` more.
    lanes : whose errors the terms need, with the latent; `term_cycles` before.
    errors : the memory of the errors.
    first, batch_end : a batch begins, ends. levels : the level of the batch.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "control": In(PassControl(config)),
                "take": In(1),
                "jacobian": In(JACOBIAN_LAYOUT),
                "fetch": Out(Fetch(config)),
                "latent": In(signed(LATENT_BITS)),
                "lanes": Out(ErrorLanes(config)),
                "terms": In(data.ArrayLayout(signed(error_term_bits(config)), config.lanes)),
                "errors": Out(ErrorWrite(config)),
                "first": In(1),
                "batch_end": In(1),
                "levels": Out(LevelWrite(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, command, errors = self._config, self.command, self.errors
        m.submodules.walk = walk = ScatterWalk(config)
        m.submodules.choice = choice = LaneChoice(config)
        m.submodules.tree = tree = BackProjection(config)
        m.submodules.jacobian = jacobian = Jacobian(config)
        m.submodules.level = level = Level(config)
        connect(m, flipped(self.control), walk.control)
        connect(m, walk.fetch, flipped(self.fetch))
        connect(m, choice.lanes, flipped(self.lanes))
        connect(m, level.levels, flipped(self.levels))

        chosen = delay(m, walk.tag, FETCH_LATENCY - term_cycles(config), "chosen")
        termed = delay(m, chosen, term_cycles(config) + term_latency(config), "termed")
        sample = Signal(JACOBIAN_LAYOUT)
        with m.If(self.take):
            m.d.sync += sample.eq(self.jacobian)
        m.d.comb += [
            walk.command.eq(command),
            choice.classes.eq(command.classes),
            choice.classifier.eq(command.classifier),
            choice.tag.eq(chosen),
            tree.terms.eq(self.terms),
            jacobian.sample.eq(sample),
            jacobian.cosine.eq(command.cosine),
            jacobian.latent.eq(delay(m, self.latent, term_latency(config), "latent")),
            jacobian.back.eq(tree.o),
            jacobian.first.eq(termed.first),
            jacobian.last.eq(termed.last),
            jacobian.pad.eq(termed.pad),
            errors.enable.eq(jacobian.valid),
            errors.data.eq(jacobian.error),
            level.first.eq(self.first),
            level.valid.eq(jacobian.valid),
            level.error.eq(jacobian.error),
            level.exponent.eq(sample.norm.exponent + error_fraction(config, command)),
            level.sample_end.eq(walk.done),
            level.batch_end.eq(self.batch_end & command.train),
            level.layer.eq(command.layer),
        ]
        with m.If(walk.idle):
            m.d.sync += [errors.addr.eq(self.control.base), errors.bank.eq(0)]
        with m.Elif(errors.enable):
            m.d.sync += errors.bank.eq(errors.bank + 1)
            m.d.sync += errors.addr.eq(errors.addr + errors.bank.all())
        return m
