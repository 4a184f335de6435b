"""Array unit: the systolic array, its memories, and what happens when at their edges."""

from functools import reduce
from operator import or_, xor

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.formats import (
    ACC_BITS,
    ACT_BITS,
    LATENT_BITS,
    MOMENTUM_SHIFT_MAX,
    NOISE_INDEX_BITS,
    SHIFT_MAX,
    SLOPE_SHIFT,
    UPDATE_SHIFT_MAX,
    VELOCITY_BITS,
    WEIGHT_BITS,
)
from lls_hw.gateware.array.column import Column, column_status_layout, host_bits
from lls_hw.gateware.array.max_pool import MaxPool
from lls_hw.gateware.array.output_place import OutputPlace
from lls_hw.gateware.array.patches import PatchPacker
from lls_hw.gateware.array.systolic import SystolicArray
from lls_hw.gateware.array.update_schedule import UpdateSchedule
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.activations import ActivationStore
from lls_hw.gateware.memory.images import IMAGE_SHAPE_LAYOUT, ImageStore
from lls_hw.gateware.memory.signs import SignStore
from lls_hw.gateware.operation import ARRAY_LAYOUT
from lls_hw.gateware.tiler.tiler import Tiler, beat_layout
from lls_hw.gateware.update.noise import NoiseHash, NoiseKeys

__all__ = ["ArrayUnit", "HostWeights"]

MAGNITUDE_BITS = ACC_BITS + SLOPE_SHIFT


class HostWeights(wiring.Signature):
    """Access of the host to weights and velocities while the unit is idle, seen from the host.

    A write takes one cycle and is done ``cols + 1`` cycles later. Hold `read_addr`; `read_data`
    of any column is valid ``cols + 3`` cycles later. With momentum, `write_velocity` instead of
    `write_enable` writes a velocity, and `read_velocity` is beside `read_data`.
    """

    def __init__(self, config: Config) -> None:
        addr, column = ceil_log2(config.weight_depth), ceil_log2(config.cols)
        velocity = {"write_velocity": Out(1), "read_velocity": In(signed(VELOCITY_BITS))}
        super().__init__(
            {
                "write_enable": Out(1),
                "write_addr": Out(addr),
                "write_column": Out(column),
                "write_data": Out(host_bits(config)),
                "read_addr": Out(addr),
                "read_column": Out(column),
                "read_data": In(signed(WEIGHT_BITS)),
                **(velocity if config.momentum else {}),
            }
        )


class ArrayUnit(wiring.Component):
    """Runs one FORWARD or GRADIENT operation from `start` until `busy` falls.

    Takes `timing.forward_cycles` or `timing.gradient_cycles` cycles, the cycle of `start`
    included, in which `busy` is already high. With t the cycle in which `beat` is there, R rows
    and C columns:

    ========  =====================================================================
    t - 1     input memories are asked
    t + 2     exponent of the sample, asked for at t - 1, has become a shift
    t + 4     x, control and v enter the array
    t + R + 4   accumulator is read (column c: c cycles later, as all that follows)
    t + R + 7   accumulator is written; on the last input tile it enters the activation
    t + R + 10  the activation is added to the sum of its cell
    t + R + 11  the latent is written if its cell is complete
    t + R + C + 12  signs are written, all columns at once; outputs enter the max pooling
    t + R + C + 15  activations are written
    ========  =====================================================================

    Members
    -------
    operation, gradient, act_shift, update_shift, momentum_shift : stable while busy.
    beat : what the tiler asks for now, for counters.
    sample : whose errors are asked for. error_shift : their shift, 3 cycles later.
    magnitude : OR of the columns' magnitudes of a forward operation, valid when `done`.
    latent_* : read port of the latents, 3 cycles; error_* : write port of the errors.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        latent, bank = ceil_log2(config.latent_depth), ceil_log2(config.cols)
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
                "done": Out(1),
                "beat": Out(beat_layout(config)),
                "sample": Out(ceil_log2(config.max_batch)),
                "error_shift": In(range(SHIFT_MAX + 1)),
                "magnitude": Out(MAGNITUDE_BITS),
                "latent_addr": In(latent),
                "latent_bank": In(bank),
                "latent_data": Out(signed(LATENT_BITS)),
                "error_enable": In(1),
                "error_addr": In(latent),
                "error_bank": In(bank),
                "error_data": In(signed(LATENT_BITS)),
                "act_enable": In(1),
                "act_addr": In(ceil_log2(config.act_depth * config.act_word)),
                "act_data": In(ACT_BITS),
                "image_enable": In(1),
                "image_row": In(ceil_log2(config.image_depth * IMAGE_BANKS)),
                "image_row_enable": In(1),
                "image_shape": In(IMAGE_SHAPE_LAYOUT),
                "act_ready": Out(1),
                "weights": In(HostWeights(config)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.tiler = tiler = Tiler(config)
        m.submodules.array = array = SystolicArray(config.rows, config.cols)
        columns = [Column(config, c) for c in range(config.cols)]
        for c, column in enumerate(columns):
            m.submodules[f"column_{c}"] = column
        m.d.comb += [
            tiler.operation.eq(self.operation),
            tiler.gradient.eq(self.gradient),
            tiler.start.eq(self.start),
            self.busy.eq(tiler.busy),
            self.done.eq(tiler.done),
        ]
        # The input memories are asked a cycle before all the rest: they lie far apart.
        m.d.sync += [self.beat.eq(tiler.beat), self.sample.eq(tiler.sample)]
        self._connect_columns(m, array, columns)
        emit = self._west_edge(m, array, columns[0].token_i)
        self._updates(m, columns)
        self._outputs(m, columns, emit)
        self._local_ports(m, columns)
        return m

    def _connect_columns(self, m, array, columns):
        """Static settings, tokens from column to column, sums and operands of the array."""
        status = Signal(column_status_layout(self._config))
        m.d.sync += [
            status.gradient.eq(self.gradient),
            status.linear.eq(self.operation.classifier),
            status.average.eq(self.operation.average),
            status.average_shift.eq(self.operation.average_shift),
            status.clear.eq(self.start),
            status.act_shift.eq(self.act_shift),
            status.update_shift.eq(self.update_shift),
        ]
        if self._config.momentum:
            m.d.sync += status.momentum_shift.eq(self.momentum_shift)
        m.d.comb += columns[0].status_i.eq(status)
        for c, column in enumerate(columns):
            if c > 0:
                m.d.comb += column.token_i.eq(columns[c - 1].token_o)
                m.d.comb += column.status_i.eq(columns[c - 1].status_o)
            m.d.comb += [
                column.south_i.eq(array.south_o[c]),
                column.north_i.eq(array.north_o[c]),
                array.v_i[c].eq(column.v_o),
            ]

    def _west_edge(self, m, array, token):
        """Activations and control into the array, each beat's tokens into the columns.

        Returns the strobe with which column 0 hands a finished sum to its activation unit.
        """
        config, beat, rows = self._config, self.beat, self._config.rows
        asked = m.submodules.tiler.beat
        m.submodules.store = store = ActivationStore(config)
        m.submodules.images = images = ImageStore(config)
        m.submodules.packer = packer = PatchPacker(config)
        x = Signal.like(store.x)
        m.d.sync += x.eq(Mux(self.operation.packed, packer.x, store.x))
        m.d.comb += [
            store.read_valid.eq(asked.inside),
            store.read_addr.eq(asked.x_addr),
            store.read_part.eq(asked.x_part),
            store.host_enable.eq(self.act_enable),
            store.host_addr.eq(self.act_addr),
            store.host_data.eq(self.act_data),
            self.act_ready.eq(store.host_ready),
            images.width.eq(self.operation.out_width),
            images.read_addr.eq(asked.image_addr),
            images.read_row.eq(asked.image_row),
            images.image_row.payload.eq(self.image_row),
            images.image_row.valid.eq(self.image_row_enable),
            images.shape.eq(self.image_shape),
            images.image.payload.data.eq(self.act_data),
            images.image.valid.eq(self.image_enable),
            packer.column.eq(images.column),
            packer.single.eq(self.operation.in_channels == packer.TAPS),
            packer.valid.eq(beat.valid),
            packer.top.eq(beat.top),
            packer.bottom.eq(beat.bottom),
            packer.leftmost.eq(beat.leftmost),
            packer.rightmost.eq(beat.rightmost),
            packer.tile.eq(beat.tile),
            array.x_i.eq(x),
            array.control_i.eq(delay(m, beat.control, 4, "control")),
            token.error_read.eq(beat.latent_addr),
            token.error_shift.eq(self.error_shift),
        ]
        sums = Signal(3)
        forward = beat.valid & ~self.gradient
        m.d.comb += sums.eq(Cat(forward, beat.first_sum, forward & beat.last_sum))
        at_read = delay(m, beat.index, rows + 4, "index")
        at_total = delay(m, sums, rows + 6, "sums")
        at_write = delay(m, at_total, 1, "sums_write")
        m.d.comb += [
            token.acc_read.eq(at_read),
            token.first_sum.eq(at_total[1]),
            token.acc_write.eq(delay(m, at_read, 3, "index_write")),
            token.acc_enable.eq(at_write[0]),
            token.emit.eq(at_write[2]),
        ]
        return at_write[2]

    def _updates(self, m, columns):
        """Weight addresses of loads, updates and host, and the noise of the updates."""
        config, op, beat, host = self._config, self.operation, self.beat, self.weights
        token = columns[0].token_i
        m.submodules.schedule = schedule = UpdateSchedule(config)
        m.submodules.keys = keys = NoiseKeys()
        m.submodules.hash = hash_ = NoiseHash()
        begin = self.start & self.gradient
        m.d.comb += [
            schedule.restart.eq(begin),
            schedule.weight_base.eq(op.weight_base),
            schedule.in_tiles.eq(op.in_tiles),
            schedule.in_channels.eq(op.in_channels),
            schedule.last_tap.eq(beat.last_sum),
            schedule.last.eq(beat.control.last),
            keys.start.eq(begin),
            keys.step.eq(self.step),
            keys.layer.eq(op.layer),
            hash_.keys.eq(keys.keys),
            hash_.fan_in.eq(schedule.fan_in),
            hash_.fan_out.eq(schedule.fan_out),
            token.noise.eq(hash_.noise),
            token.weight_read.eq(Mux(self.gradient, schedule.weight_read, beat.weight_addr)),
            token.weight_write.eq(schedule.weight_write),
            token.weight_enable.eq(schedule.weight_enable),
        ]
        host_addr = Signal.like(host.write_addr)
        host_enable, host_column = Signal(), Signal.like(host.write_column)
        host_data = Signal.like(host.write_data)
        m.d.sync += [
            host_addr.eq(host.write_addr),
            host_enable.eq(host.write_enable),
            host_column.eq(host.write_column),
            host_data.eq(host.write_data),
        ]
        with m.If(~self.busy):
            m.d.comb += token.weight_read.eq(host.read_addr)
            m.d.comb += token.weight_write.eq(host_addr)
        m.d.comb += [
            token.host_enable.eq(host_enable),
            token.host_column.eq(host_column),
            token.host_data.eq(host_data),
        ]
        weights = Array(column.weight_o for column in columns)
        m.d.sync += host.read_data.eq(weights[host.read_column])
        if config.momentum:
            self._host_velocities(m, columns)
        for c, column in enumerate(columns):
            bits = [keys.keys[NOISE_INDEX_BITS + b] for b in range(c.bit_length()) if c >> b & 1]
            m.d.sync += column.column_noise.eq(reduce(xor, bits, Const(0)))

    def _host_velocities(self, m, columns):
        """The host's access to velocities; it shares address, column and data with weights."""
        host = self.weights
        velocities = Array(column.velocity_o for column in columns)
        host_velocity = Signal()
        m.d.sync += host_velocity.eq(host.write_velocity)
        m.d.sync += host.read_velocity.eq(velocities[host.read_column])
        m.d.comb += columns[0].token_i.host_velocity.eq(host_velocity)

    def _outputs(self, m, columns, emit):
        """Latents, activations and signs of finished sums; largest magnitude."""
        config, op, cols = self._config, self.operation, self._config.cols
        m.submodules.signs = signs = SignStore(config)
        m.submodules.place = place = OutputPlace(config)
        m.submodules.pool = pool = MaxPool(cols, config.max_width)
        store, token = m.submodules.store, columns[0].token_i

        at_sum = delay(m, emit, 3, "emit_sum")
        m.d.comb += [
            place.operation.eq(op),
            place.restart.eq(self.start),
            place.step.eq(at_sum),
            token.sum_enable.eq(at_sum),
            token.cell.eq(place.cell),
            token.cell_first.eq(place.cell_first),
            token.latent_enable.eq(place.latent_enable),
            token.latent_write.eq(place.latent_addr),
            pool.enable.eq(op.pool),
            pool.odd_row.eq(place.word_odd_row),
            pool.odd_column.eq(place.word_odd_column),
            pool.column.eq(place.word_column),
            pool.valid.eq(place.word_valid),
            place.written.eq(pool.ready),
            store.write_enable.eq(pool.ready & ~op.classifier),
            store.write_addr.eq(place.act_addr),
            store.write_part.eq(place.act_part),
            store.write_data.eq(pool.o),
            signs.linear.eq(op.classifier),
            signs.read_addr.eq(self.beat.sign_addr),
            signs.write_enable.eq(place.sign_enable),
            signs.write_addr.eq(place.sign_addr),
        ]
        for c, column in enumerate(columns):
            output = Signal(data.StructLayout({"h": signed(ACT_BITS), "negative": 1}))
            m.d.comb += [output.h.eq(column.h_o), output.negative.eq(column.negative_o)]
            aligned = delay(m, output, cols - 1 - c, f"output_{c}")
            m.d.comb += [
                pool.i[c].eq(aligned.h),
                signs.write_data[c].eq(aligned.negative),
                column.negative_i.eq(signs.negative[c]),
            ]
        m.d.sync += self.magnitude.eq(reduce(or_, (column.magnitude_o for column in columns)))

    def _local_ports(self, m, columns):
        """The local update unit's latents and errors, one bank a column."""
        bank = delay(m, self.latent_bank, 2, "latent_bank")
        latents = Array(column.latent_data for column in columns)
        m.d.sync += self.latent_data.eq(latents[bank])
        for c, column in enumerate(columns):
            m.d.comb += column.latent_addr.eq(self.latent_addr)
            m.d.sync += [
                column.error_addr.eq(self.error_addr),
                column.error_data.eq(self.error_data),
                column.error_enable.eq(self.error_enable & (self.error_bank == c)),
            ]
