"""Array unit: the systolic array, its memories, and what happens when at their edges."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.formats import (
    MAGNITUDE_BITS,
    MOMENTUM_SHIFT_MAX,
    SHIFT_MAX,
    UPDATE_SHIFT_MAX,
)
from lls_hw.contract.latency import BEAT_LATENCY, ERROR_LEAD
from lls_hw.gateware.array.columns import Columns
from lls_hw.gateware.array.output_edge import OutputEdge
from lls_hw.gateware.array.sum_timing import SumTiming
from lls_hw.gateware.array.systolic import SystolicArray
from lls_hw.gateware.array.weight_access import WeightAccess
from lls_hw.gateware.array.west_edge import WestEdge
from lls_hw.gateware.channels.unit import ChannelUnit
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.image_writer import place_write
from lls_hw.gateware.memory.images import IMAGE_SHAPE_LAYOUT
from lls_hw.gateware.memory.signs import SignStore
from lls_hw.gateware.mover.ports import MovedWeights
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.ports import (
    ElementRead,
    ErrorShiftRead,
    ErrorWrite,
    HostWeights,
    LatentRead,
    element_write,
)
from lls_hw.gateware.tiler.tiler import Tiler

__all__ = ["ArrayUnit"]


class ArrayUnit(wiring.Component):
    """Runs one FORWARD or GRADIENT operation from `start` until `busy` falls.

    Takes `forward_cycles` or `gradient_cycles` of `lls_hw.contract.timing_array`, the cycle of
    `start` included, in which `busy` is already high. Each part gets a beat of the tiler at the
    time that the latencies of `lls_hw.contract.latency` leave it. With t the cycle in which all
    but the input memories get it, R rows and C columns:

    ==============  ============================================  ===========================
    cycle           what happens (in column c: c cycles later)    sum of
    ==============  ============================================  ===========================
    t - 2           error shift asked for                         - BEAT - TILER
    t - 1           input memories read                           - BEAT
    t - 1           error and sign read                           - ERROR_LEAD
    t               weight read                                   0
    t + 1           error and its shift are there                 + RAM - ERROR_LEAD
    t + 3           expanded error enters the array               OPERAND - ERROR_LEAD
    t + 4           x, control and weight enter the array         OPERAND
    t + R + 4       accumulator read                              S - RAM
    t + R + 6       the array has the sum                         S = OPERAND + forward(R)
    t + R + 7       accumulator written; the last input tile's    + ACCUMULATE
                    sum enters the activation
    t + R + 10      the activation is added to the sum of its     + ACTIVATION
                    cell
    t + R + 11      the latent of a complete cell is written      + CELL_TOTAL
    t + R + 13      output                                        + CELL_AVERAGE instead
    t + R + C + 12  all columns have their output: signs are      + C - 1
                    written, outputs enter the max pooling
    t + R + C + 14  the activation memory gets the outputs        + MAX_POOL
    t + R + C + 17  the first read sees them                      + ACT_WRITE
    ==============  ============================================  ===========================

    Of a gradient's tile with its last beat in t, row r meets its weight and its noise in cycle
    t + UPDATE_LEAD + 2 r.

    Members
    -------
    operation, gradient, step, act_shift, update_shift, momentum_shift : stable while busy.
    start : strobe while not busy. busy, done : the operation is under way, its last cycle.
        working : `busy` without the cycle of `start`.
    streaming : a beat is valid, for counters.
    error_shift : shift of a sample's errors.
    magnitude : OR of the columns' magnitudes of a layer's forward operations so far, valid when
        `done`.
    latents, errors : of the local update unit: read port, write port.
    act, image : elements that the host writes; the image store ignores the address.
    image_place : the next byte of an image begins a row here. image_shape : of these images.
    weights : the host's weights and velocities, while not busy.
    mover : with an external memory, weights that the mover moves.
    used_shift, channel, channel_read : with channel states, the activation shift of the layer's
        last batch, and the host's elements.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        channels = {
            "used_shift": In(range(SHIFT_MAX + 1)),
            "channel": In(element_write()),
            "channel_read": In(ElementRead()),
        }
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "gradient": In(1),
                "step": In(32),
                "act_shift": In(range(SHIFT_MAX + 1)),
                "update_shift": In(range(UPDATE_SHIFT_MAX + 1)),
                "momentum_shift": In(range(MOMENTUM_SHIFT_MAX + 1)),
                "start": In(1),
                "busy": Out(1),
                "working": Out(1),
                "done": Out(1),
                "streaming": Out(1),
                "error_shift": Out(ErrorShiftRead(config)),
                "magnitude": Out(MAGNITUDE_BITS),
                "latents": In(LatentRead(config)),
                "errors": In(ErrorWrite(config)),
                "act": In(element_write(always_ready=False)),
                "image": In(element_write()),
                "image_place": In(place_write()),
                "image_shape": In(IMAGE_SHAPE_LAYOUT),
                "weights": In(HostWeights(config)),
                **(channels if config.channel_depth else {}),
                **({"mover": In(MovedWeights(config))} if config.external_depth else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, op = self._config, self.operation
        m.submodules.tiler = tiler = Tiler(config)
        m.submodules.inputs = inputs = WestEdge(config)
        m.submodules.weights = weights = WeightAccess(config)
        m.submodules.sums = sums = SumTiming(config)
        m.submodules.array = array = SystolicArray(config.rows, config.cols)
        m.submodules.columns = columns = Columns(config)
        m.submodules.outputs = outputs = OutputEdge(config)
        m.submodules.signs = signs = SignStore(config)

        connect(m, flipped(self.act), inputs.act)
        connect(m, flipped(self.image), inputs.image)
        connect(m, flipped(self.image_place), inputs.image_place)
        connect(m, flipped(self.weights), weights.host)
        connect(m, flipped(self.latents), columns.latents)
        connect(m, flipped(self.errors), columns.errors)
        connect(m, outputs.activations, inputs.activations)
        connect(m, outputs.signs, signs.write)
        beat, token, settings = inputs.beat, columns.token, columns.settings
        m.d.sync += [
            settings.gradient.eq(self.gradient),
            settings.linear.eq(op.classifier),
            settings.average.eq(op.average),
            settings.average_shift.eq(op.average_shift),
            settings.clear.eq(self.start & ~self.gradient & (op.out_first == 0)),
            settings.act_shift.eq(self.act_shift),
            settings.update.shift.eq(self.update_shift),
            settings.update.momentum_shift.eq(self.momentum_shift),
        ]
        for part in (tiler, inputs, weights, outputs):
            m.d.comb += part.operation.eq(op)
        for part in (tiler, weights, outputs):
            m.d.comb += part.start.eq(self.start)
        for part in (tiler, weights, sums):
            m.d.comb += part.gradient.eq(self.gradient)
        for part in (weights, sums):
            m.d.comb += part.beat.eq(beat)
        coming_addr = delay(m, tiler.beat.weight_addr, BEAT_LATENCY - 1, "coming_addr")
        ahead = delay(m, tiler.beat, BEAT_LATENCY - ERROR_LEAD, "ahead")
        m.d.sync += weights.busy.eq(tiler.busy)  # A register, so that the addresses come early.
        m.d.comb += [
            self.busy.eq(tiler.busy),
            self.working.eq(tiler.working),
            self.done.eq(tiler.done),
            self.streaming.eq(beat.valid),
            self.magnitude.eq(columns.magnitude),
            self.error_shift.sample.eq(tiler.sample),
            inputs.asked.eq(tiler.beat),
            inputs.image_shape.eq(self.image_shape),
            weights.step.eq(self.step),
            weights.coming_addr.eq(coming_addr),
            weights.words.eq(columns.words),
            token.weights.eq(weights.access),
            token.noise.eq(weights.noise),
            token.update.eq(weights.row),
            token.error.read_addr.eq(ahead.latent_addr),
            token.error.shift.eq(self.error_shift.shift),
            token.sum.eq(sums.token),
            token.output.eq(outputs.token),
            array.x_i.eq(inputs.x),
            array.control_i.eq(inputs.control),
            array.v_i.eq(columns.v),
            columns.south.eq(array.south_o),
            columns.north.eq(array.north_o),
            columns.noise.eq(weights.column_noise),
            columns.negative.eq(signs.read.data),
            signs.linear.eq(op.classifier),
            signs.read.addr.eq(ahead.sign_addr),
            outputs.emit.eq(sums.token.emit),
            outputs.outputs.eq(columns.outputs),
        ]
        if config.external_depth:
            connect(m, flipped(self.mover), weights.mover)
        if config.channel_depth:
            m.submodules.channels = channels = ChannelUnit(config)
            connect(m, flipped(self.channel), channels.write)
            connect(m, flipped(self.channel_read), channels.read)
            connect(m, outputs.words, channels.words)
            for name in ("operation", "start", "step", "act_shift", "used_shift"):
                m.d.comb += getattr(channels, name).eq(getattr(self, name))
            m.d.comb += [
                channels.gradient.eq(settings.gradient),
                channels.update_shift.eq(self.update_shift),
                channels.tile.eq(Mux(self.gradient, weights.tile, outputs.tile)),
                channels.rows.enable.eq(weights.row),
                channels.rows.fan_in.eq(weights.fan_in),
                channels.rows.fan_out.eq(weights.fan_out),
                channels.rows.north.eq(array.north_o),
                columns.load.eq(channels.load),
                columns.parameters.eq(channels.parameters),
            ]
        return m
