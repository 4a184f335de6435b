"""Channel unit: statistics of outputs and gradients, and the columns' parameters."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.channels import FRACTION, IDENTITY_SCALE, SCALE_MAX, STRIDE_MAX
from lls_hw.contract.config import Config
from lls_hw.contract.formats import SHIFT_MAX, UPDATE_SHIFT_MAX
from lls_hw.gateware.channels.gradient_statistics import GradientStatistics
from lls_hw.gateware.channels.host_access import ChannelHost
from lls_hw.gateware.channels.layouts import (
    HALF_MEAN_BITS,
    ChannelParameters,
    GradientState,
    OutputState,
)
from lls_hw.gateware.channels.memory import StateMemory
from lls_hw.gateware.channels.output_statistics import OutputStatistics
from lls_hw.gateware.channels.pixel_sampler import PixelSampler
from lls_hw.gateware.channels.ports import GradientRows, OutputWords
from lls_hw.gateware.channels.row_sampler import RowSampler
from lls_hw.gateware.channels.walker import ChannelWalker
from lls_hw.gateware.delay import delay
from lls_hw.gateware.operation import ARRAY_LAYOUT, first_channel
from lls_hw.gateware.ports import ElementRead, element_write
from lls_hw.gateware.saturate import limited

__all__ = ["ChannelUnit"]


class ChannelUnit(wiring.Component):
    """Keeps the state of all channels and gives each column that of its channel.

    The first column of an output tile has its `parameters` CHANNEL_LOAD_LATENCY cycles after
    `tile`, each other column a cycle after its western neighbour; `load` chooses the column. A
    training operation gathers one statistic and, as it walks over the channels, settles the
    other: FORWARD gathers outputs and settles gradients, GRADIENT the other way round.

    Members
    -------
    operation, gradient, start : of the array; stable from `start` on.
    step : of the training. act_shift : of the layer's next batch. used_shift : of its last one.
    update_shift : of a layer without steps of channels.
    tile : the next output tile comes.
    words : outputs. rows : gradients.
    load, parameters : to the columns.
    write, read : the host's elements.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "gradient": In(1),
                "start": In(1),
                "step": In(32),
                "act_shift": In(range(SHIFT_MAX + 1)),
                "used_shift": In(range(SHIFT_MAX + 1)),
                "update_shift": In(range(UPDATE_SHIFT_MAX + 1)),
                "tile": In(1),
                "words": In(OutputWords(config)),
                "rows": In(GradientRows(config)),
                "load": Out(config.cols),
                "parameters": Out(ChannelParameters),
                "write": In(element_write()),
                "read": In(ElementRead()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op = self._config, self.operation
        m.submodules.host = host = ChannelHost(config)
        m.submodules.walker = walker = ChannelWalker(config)
        m.submodules.pixels = pixels = PixelSampler(config)
        m.submodules.rows = rows = RowSampler(config)
        m.submodules.outputs = outputs = StateMemory(
            config.channel_depth, OutputState, lambda s: Cat(s.mean[FRACTION - 1 :], s.unit)
        )
        m.submodules.gradients = gradients = StateMemory(
            config.channel_depth, GradientState, lambda s: s.size
        )
        m.submodules.of_outputs = of_outputs = OutputStatistics()
        m.submodules.of_gradients = of_gradients = GradientStatistics()
        connect(m, flipped(self.write), host.write)
        connect(m, flipped(self.read), host.read)
        connect(m, host.outputs_write, outputs.host_write)
        connect(m, host.outputs_read, outputs.host_read)
        connect(m, host.gradient_write, gradients.host_write)
        connect(m, host.gradient_read, gradients.host_read)
        connect(m, flipped(self.words), pixels.words)
        connect(m, flipped(self.rows), rows.rows)

        first, base = Signal.like(walker.base), Signal.like(walker.base)
        mask, own_gradient = Signal(STRIDE_MAX), Signal()
        gathers_outputs, gathers_gradients = Signal(), Signal()
        settles_outputs, settles_gradients = Signal(), Signal()
        m.d.sync += [
            own_gradient.eq(self.gradient),
            mask.eq((1 << op.channel_stride) - 1),
            gathers_outputs.eq(op.train & op.normalise & ~self.gradient),
            settles_outputs.eq(op.train & op.normalise & self.gradient),
            gathers_gradients.eq(op.train & op.channel_step & self.gradient),
            settles_gradients.eq(op.train & op.channel_step & ~self.gradient),
        ]
        m.d.comb += [
            walker.restart.eq(self.start),
            first.eq(first_channel(config, op)),
            base.eq(op.channel_base + first),
            walker.base.eq(base),
            walker.tiles.eq(op.out_tiles),
            walker.tile.eq(self.tile | delay(m, self.start & ~self.gradient, 1, "first")),
            pixels.restart.eq(self.start),
            pixels.first.eq(first),
            pixels.base.eq(base),
            pixels.step.eq(self.step),
            pixels.mask.eq(mask),
            rows.base.eq(op.channel_base),
            rows.step.eq(self.step),
            rows.mask.eq(mask),
            outputs.ask.eq((pixels.enable & gathers_outputs) | (walker.enable & settles_outputs)),
            outputs.addr.eq(Mux(own_gradient, walker.addr, pixels.addr)),
            outputs.new.eq(of_outputs.new),
            of_outputs.old.eq(outputs.old),
            of_outputs.x.eq(pixels.x),
            of_outputs.settle.eq(self.gradient),
            of_outputs.down.eq(op.channel_shift),
            of_outputs.target.eq(op.channel_target),
            of_outputs.act_shift.eq(self.used_shift),
            gradients.ask.eq(
                (rows.enable & gathers_gradients) | (walker.enable & settles_gradients)
            ),
            gradients.addr.eq(Mux(own_gradient, rows.addr, walker.addr)),
            gradients.new.eq(of_gradients.new),
            of_gradients.old.eq(gradients.old),
            of_gradients.gradient.eq(rows.gradient),
            of_gradients.settle.eq(~self.gradient),
            of_gradients.down.eq(op.channel_shift),
            of_gradients.target.eq(op.channel_target),
            outputs.copy.addr.eq(walker.addr),
            gradients.copy.addr.eq(walker.addr),
        ]

        mean, unit = outputs.copy.data[:HALF_MEAN_BITS], outputs.copy.data[HALF_MEAN_BITS:]
        act_shift, offset = Signal.like(self.act_shift), Signal.like(op.update_offset)
        update_shift = gradients.copy.data + offset
        coarser, early = Signal(range(SCALE_MAX + 1)), Signal(ChannelParameters)
        column = delay(m, Cat(walker.enable, walker.column), outputs.READ_LATENCY + 1, "column")
        m.d.sync += [
            act_shift.eq(self.act_shift),
            offset.eq(op.update_offset),
            coarser.eq(limited(act_shift - unit, SCALE_MAX)),
            early.scale.eq(limited(unit - act_shift, SCALE_MAX)),
            early.mean.eq(mean),
            early.update_shift.eq(limited(update_shift, UPDATE_SHIFT_MAX)),
            self.parameters.scale.eq(Mux(op.normalise, early.scale, IDENTITY_SCALE)),
            self.parameters.mean.eq(Mux(op.normalise, early.mean >> coarser, 0)),
            self.parameters.update_shift.eq(
                Mux(op.channel_step, early.update_shift, self.update_shift)
            ),
        ]
        for c in range(config.cols):
            m.d.sync += self.load[c].eq(column[0] & (column[1:] == c))
        return m
