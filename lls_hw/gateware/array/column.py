"""One column of the engine: its memories and everything between them and the array."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import (
    ACC_BITS,
    ACT_BITS,
    LATENT_BITS,
    MOMENTUM_SHIFT_MAX,
    NOISE_BITS,
    OPERAND_BITS,
    PSUM_BITS,
    SHIFT_MAX,
    SLOPE_SHIFT,
    UPDATE_SHIFT_MAX,
    VELOCITY_BITS,
    WEIGHT_BITS,
)
from lls_hw.gateware.array.activation import Activation
from lls_hw.gateware.array.cells import CellSums
from lls_hw.gateware.array.expander import Expander
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.banked_ram import BankedRam
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.tiler.pixels import CELL_BITS
from lls_hw.gateware.update.momentum import update_unit

__all__ = ["Column", "column_status_layout", "host_bits", "token_layout"]


def host_bits(config: Config) -> int:
    """Bits of what the host writes into a column: weights, with momentum velocities as well."""
    return VELOCITY_BITS if config.momentum else WEIGHT_BITS


def token_layout(config: Config) -> data.StructLayout:
    """What moves east from column to column, one column a cycle.

    The west edge gives each field the delay it needs; a column adds none.
    """
    latent_addr = ceil_log2(config.latent_depth)
    acc_addr = ceil_log2(config.acc_depth)
    weight_addr = ceil_log2(config.weight_depth)
    return data.StructLayout(
        {
            "weight_read": weight_addr,
            "weight_write": weight_addr,
            "weight_enable": 1,
            "host_enable": 1,
            **({"host_velocity": 1} if config.momentum else {}),
            "host_column": ceil_log2(config.cols),
            "host_data": host_bits(config),
            "noise": NOISE_BITS,
            "error_read": latent_addr,
            "error_shift": range(SHIFT_MAX + 1),
            "acc_read": acc_addr,
            "acc_write": acc_addr,
            "acc_enable": 1,
            "first_sum": 1,
            "emit": 1,
            "sum_enable": 1,
            "cell": 2 * CELL_BITS,
            "cell_first": 1,
            "latent_write": latent_addr,
            "latent_enable": 1,
        }
    )


def column_status_layout(config: Config) -> data.StructLayout:
    """Settings of an operation, and `clear` before it; they move east like the tokens."""
    return data.StructLayout(
        {
            "gradient": 1,
            "linear": 1,
            "average": 1,
            "average_shift": FIELDS["average_shift"],
            "clear": 1,
            "act_shift": range(SHIFT_MAX + 1),
            "update_shift": range(UPDATE_SHIFT_MAX + 1),
            **({"momentum_shift": range(MOMENTUM_SHIFT_MAX + 1)} if config.momentum else {}),
        }
    )


class Column(wiring.Component):
    """Weight, accumulator, latent and error banks of one column, with its units.

    Relative to the cycle t in which ``token_i`` holds a field: ``v_o`` follows ``weight_read`` or
    ``error_read`` by 4 cycles (``error_shift`` is taken at t + 2, ``negative_i`` at t + 3); the
    accumulator read in t is added to ``south_i`` at t + 2; ``h_o`` and ``negative_o`` follow
    ``emit`` by 6 cycles (`sum_enable` and the cell by 3, the latent's write by 4); the update of
    ``north_i`` at t is written with ``weight_write`` at t + 5, with momentum at t + 8 (its
    ``weight_read`` at t, its ``noise`` at t + 2).

    Parameters
    ----------
    config : engine configuration.
    index : number of this column.
    """

    def __init__(self, config: Config, index: int) -> None:
        self._config = config
        self._index = index
        latent_addr = ceil_log2(config.latent_depth)
        super().__init__(
            {
                "token_i": In(token_layout(config)),
                "token_o": Out(token_layout(config)),
                "status_i": In(column_status_layout(config)),
                "status_o": Out(column_status_layout(config)),
                "column_noise": In(NOISE_BITS),
                "v_o": Out(signed(OPERAND_BITS)),
                "south_i": In(signed(PSUM_BITS)),
                "north_i": In(signed(PSUM_BITS)),
                "negative_i": In(1),
                "h_o": Out(signed(ACT_BITS)),
                "negative_o": Out(1),
                "magnitude_o": Out(ACC_BITS + SLOPE_SHIFT),
                "weight_o": Out(signed(WEIGHT_BITS)),
                **({"velocity_o": Out(signed(VELOCITY_BITS))} if config.momentum else {}),
                "latent_addr": In(latent_addr),
                "latent_data": Out(signed(LATENT_BITS)),
                "error_addr": In(latent_addr),
                "error_data": In(signed(LATENT_BITS)),
                "error_enable": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, token = self._config, self.token_i
        m.submodules.weights = weights = BankedRam(WEIGHT_BITS, config.weight_depth)
        m.submodules.sums = sums = Ram(ACC_BITS, config.acc_depth)
        m.submodules.latents = latents = Ram(LATENT_BITS, config.latent_depth)
        m.submodules.errors = errors = Ram(LATENT_BITS, config.latent_depth)
        m.submodules.activation = activation = Activation()
        m.submodules.cells = cells = CellSums()
        m.submodules.expander = expander = Expander()
        m.submodules.update = update = update_unit(config)()
        m.d.sync += [self.token_o.eq(token), self.status_o.eq(self.status_i)]

        weight, v_weight = Signal(signed(WEIGHT_BITS)), Signal(signed(WEIGHT_BITS))
        m.d.sync += v_weight.eq(weight)
        m.d.comb += [
            weights.read.addr.eq(token.weight_read),
            weight.eq(weights.read.data),
            self.weight_o.eq(weight),
            errors.read.addr.eq(token.error_read),
            expander.m.eq(errors.read.data),
            expander.shift.eq(token.error_shift),
            expander.negative.eq(self.negative_i),
            self.v_o.eq(Mux(self.status_i.gradient, expander.v, v_weight)),
            errors.write.addr.eq(self.error_addr),
            errors.write.data.eq(self.error_data),
            errors.write.enable.eq(self.error_enable),
        ]

        total = Signal(signed(ACC_BITS))
        m.d.sync += total.eq(Mux(token.first_sum, 0, sums.read.data.as_signed()) + self.south_i)
        m.d.comb += [
            sums.read.addr.eq(token.acc_read),
            sums.write.addr.eq(token.acc_write),
            sums.write.data.eq(total),
            sums.write.enable.eq(token.acc_enable),
            activation.z.eq(total),
            activation.valid.eq(token.emit),
            activation.shift.eq(self.status_i.act_shift),
            activation.linear.eq(self.status_i.linear),
            activation.clear.eq(self.status_i.clear),
            cells.value.eq(activation.latent),
            cells.enable.eq(token.sum_enable),
            cells.cell.eq(token.cell),
            cells.first.eq(token.cell_first),
            cells.shift.eq(self.status_i.average_shift),
            self.h_o.eq(Mux(self.status_i.average, cells.average, delay(m, activation.h, 3, "h"))),
            self.negative_o.eq(delay(m, activation.negative, 3, "negative")),
            self.magnitude_o.eq(activation.magnitude),
            latents.write.addr.eq(token.latent_write),
            latents.write.data.eq(cells.total),
            latents.write.enable.eq(token.latent_enable),
            latents.read.addr.eq(self.latent_addr),
            self.latent_data.eq(latents.read.data),
        ]

        self._updates(m, weights, update)
        return m

    def _updates(self, m, weights, update):
        """Writes of the weights, and what is written."""
        token, weight = self.token_i, self.weight_o
        mine = token.host_enable & (token.host_column == self._index)
        m.d.comb += [
            update.gradient.eq(self.north_i),
            update.shift.eq(self.status_i.update_shift),
            update.noise.eq(token.noise ^ self.column_noise),
            update.weight.eq(weight),
            weights.write.addr.eq(token.weight_write),
            weights.write.data.eq(Mux(token.host_enable, token.host_data, update.result)),
            weights.write.enable.eq(token.weight_enable | mine),
        ]
        if self._config.momentum:
            self._velocities(m, update)

    def _velocities(self, m, update):
        """A velocity beside each weight: read, kept and written with it."""
        config, token = self._config, self.token_i
        m.submodules.velocities = velocities = BankedRam(VELOCITY_BITS, config.weight_depth)
        mine = token.host_velocity & (token.host_column == self._index)
        m.d.comb += [
            velocities.read.addr.eq(token.weight_read),
            update.velocity.eq(velocities.read.data),
            update.momentum_shift.eq(self.status_i.momentum_shift),
            self.velocity_o.eq(velocities.read.data),
            velocities.write.addr.eq(token.weight_write),
            velocities.write.data.eq(Mux(token.host_velocity, token.host_data, update.kept)),
            velocities.write.enable.eq(token.weight_enable | mine),
        ]
