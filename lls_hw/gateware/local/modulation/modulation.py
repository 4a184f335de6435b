"""Trainable modulation of the scores: LLS-M and LLS-MxM."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.local.modulation.entries import ModulationEntries
from lls_hw.gateware.local.modulation.outputs import ModulationOutputs
from lls_hw.gateware.local.modulation.products import ModulationProducts
from lls_hw.gateware.local.modulation.update import ModulationUpdate
from lls_hw.gateware.local.modulation.walk import ModulationWalk
from lls_hw.gateware.local.ports import Modulated, class_write
from lls_hw.gateware.local.widths import ERROR_BITS
from lls_hw.gateware.ports import ElementRead, element_write

__all__ = ["Modulation"]


class Modulation(wiring.Component):
    """`golden.modulation`: the products with M in both directions, and its update.

    `loss.forward` takes the normal scores n and leaves the modulated scores r; `loss.backward`
    takes the errors of r and leaves those of n, and adds up the gradient of M, which moves M in
    the last sample. With W = `timing_local.modulation_walk` entries, a run that starts in cycle t
    ends in cycle t + W + FORWARD_DRAIN or t + W + BACKWARD_DRAIN; one entry a cycle. Errors of a
    layer without a modulation pass it.

    Members
    -------
    command : stable from `first` on, which comes before the batch. step : stable.
    sample : number of the sample in its batch.
    loss : normal scores, modulated scores and the runs.
    loss_errors : errors of r. errors : the memory, which gets the errors of n, classes in order.
    write, read : the host's access to M while idle.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(command_layout(config)),
                "first": In(1),
                "step": In(32),
                "sample": In(ceil_log2(config.max_batch)),
                "loss": In(Modulated()),
                "loss_errors": In(class_write(signed(ERROR_BITS))),
                "errors": Out(class_write(signed(ERROR_BITS))),
                "write": In(element_write()),
                "read": In(ElementRead()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, errors = self._config, self.errors
        m.submodules.entries = entries = ModulationEntries(config)
        m.submodules.walk = walk = ModulationWalk(config)
        m.submodules.products = products = ModulationProducts(config)
        m.submodules.outputs = outputs = ModulationOutputs(config)
        m.submodules.update = update = ModulationUpdate(config)
        connect(m, flipped(self.write), entries.host_write)
        connect(m, flipped(self.read), entries.host_read)
        connect(m, flipped(self.loss.normal), products.scores)
        connect(m, flipped(self.loss.scores), outputs.scores)
        connect(m, flipped(self.loss_errors), products.errors)
        connect(m, update.write, entries.write)
        m.d.comb += [
            walk.command.eq(self.command),
            walk.forward.eq(self.loss.forward.start),
            walk.backward.eq(self.loss.backward.start),
            self.loss.forward.done.eq(outputs.forward_done),
            self.loss.backward.done.eq(outputs.backward_done),
            entries.walking.eq(walk.tag.valid),
            entries.read.addr.eq(walk.addr),
            products.tag.eq(walk.tag),
            products.entry.eq(entries.read.data),
            outputs.tag.eq(products.total_tag),
            outputs.total.eq(products.total),
            update.command.eq(self.command),
            update.first.eq(self.first),
            update.step.eq(self.step),
            update.sample.eq(self.sample),
            update.addr.eq(walk.addr),
            update.tag.eq(walk.tag),
            update.entry.eq(entries.read.data),
            update.gradient.eq(products.gradient),
        ]
        with m.If(self.command.modulation != 0):
            m.d.comb += [
                errors.enable.eq(outputs.errors.enable),
                errors.addr.eq(outputs.errors.addr),
                errors.data.eq(outputs.errors.data),
            ]
        with m.Else():
            m.d.comb += [
                errors.enable.eq(self.loss_errors.enable),
                errors.addr.eq(self.loss_errors.addr),
                errors.data.eq(self.loss_errors.data),
            ]
        return m
