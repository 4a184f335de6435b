"""Who reads and writes the weights: loads, updates, the host."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import NOISE_BITS, NOISE_INDEX_BITS
from lls_hw.gateware.array.column_choice import ColumnChoice
from lls_hw.gateware.array.host_access import HostAccess
from lls_hw.gateware.array.update_schedule import UpdateSchedule
from lls_hw.gateware.array.weight_moves import WeightMoves
from lls_hw.gateware.delay import delay
from lls_hw.gateware.memory.weights import access_layout, word_layout
from lls_hw.gateware.mover.ports import MovedWeights
from lls_hw.gateware.operation import ARRAY_LAYOUT, first_channel
from lls_hw.gateware.ports import HostWeights
from lls_hw.gateware.tiler.tiler import beat_layout
from lls_hw.gateware.update.momentum import update_unit
from lls_hw.gateware.update.weight_noise import WeightNoise

__all__ = ["WeightAccess"]


class WeightAccess(wiring.Component):
    """Addresses of the weights in column 0, and the noise of their updates.

    A forward beat's weights are read in the cycle of the beat; `UpdateSchedule` says when a
    gradient's are read and written. While the array is idle, the host has the addresses.

    Members
    -------
    operation, gradient, step : stable while busy. start : of an operation. beat : of the tiler.
    coming_addr : `beat.weight_addr` of the next cycle: addresses come from a register.
    busy : the host has no access. A cycle after the tiler's: in its first, nothing is read.
    host : the host's weights and velocities, while no program runs.
    mover : with an external memory, what the mover moves while a program runs.
    access : for column 0. words : what each column has read.
    row, fan_in, fan_out, tile : when a row's gradient is in column 0, see `UpdateSchedule`.
    noise, column_noise : `noise` ^ ``column_noise[c]`` is the noise of column c's update.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "operation": In(ARRAY_LAYOUT),
                "gradient": In(1),
                "step": In(32),
                "start": In(1),
                "busy": In(1),
                "beat": In(beat_layout(config)),
                "coming_addr": In(ceil_log2(config.weight_depth)),
                "host": In(HostWeights(config)),
                **({"mover": In(MovedWeights(config))} if config.external_depth else {}),
                "access": Out(access_layout(config)),
                "row": Out(1),
                "fan_in": Out(NOISE_INDEX_BITS),
                "fan_out": Out(NOISE_INDEX_BITS),
                "tile": Out(1),
                "words": In(data.ArrayLayout(word_layout(config.momentum), config.cols)),
                "noise": Out(NOISE_BITS),
                "column_noise": Out(data.ArrayLayout(NOISE_BITS, config.cols)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        op, beat, access = self.operation, self.beat, self.access
        m.submodules.schedule = schedule = UpdateSchedule(self._config)
        m.submodules.noise = noise = WeightNoise(self._config.cols)
        m.submodules.host = host = HostAccess(self._config)
        m.submodules.choice = choice = ColumnChoice(self._config)
        connect(m, flipped(self.host), host.weights)
        begin, addr = Signal(), Signal.like(access.read_addr)
        m.d.sync += addr.eq(Mux(self.gradient, schedule.coming_read, self.coming_addr))
        noise_lead = update_unit(self._config).NOISE_AT - noise.LATENCY
        m.d.comb += [
            begin.eq(self.start & self.gradient),
            schedule.restart.eq(begin),
            schedule.weight_base.eq(op.weight_base),
            schedule.in_tiles.eq(op.in_tiles),
            schedule.in_channels.eq(op.in_channels),
            schedule.first.eq(first_channel(self._config, op)),
            schedule.last.eq(beat.control.last),
            schedule.last_tap.eq(beat.last_sum),
            noise.start.eq(begin),
            noise.step.eq(self.step),
            noise.layer.eq(op.layer),
            noise.fan_in.eq(schedule.fan_in),
            noise.fan_out.eq(schedule.fan_out),
            noise.move.eq(schedule.move),
            noise.first.eq(schedule.first),
            self.noise.eq(delay(m, noise.common, noise_lead, "noise")),
            self.column_noise.eq(noise.columns),
            self.row.eq(schedule.row),
            self.fan_in.eq(schedule.fan_in),
            self.fan_out.eq(schedule.fan_out),
            self.tile.eq(schedule.tile),
            choice.words.eq(self.words),
            choice.column.eq(self.host.read_column),
            host.word.eq(choice.word),
            access.eq(host.access),
            access.write_enable.eq(schedule.weight_enable),
        ]
        with m.If(self.busy):
            m.d.comb += [
                access.read_addr.eq(addr),
                access.write_addr.eq(schedule.weight_write),
            ]
        if self._config.external_depth:
            m.submodules.moves = moves = WeightMoves(self._config)
            connect(m, flipped(self.mover), moves.mover)
            m.d.comb += [
                moves.word.eq(choice.word),
                moves.write_free.eq(~schedule.weight_enable),
                moves.read_free.eq(~Mux(self.gradient, schedule.row, beat.load)),
            ]
            with m.If(moves.active):
                m.d.comb += choice.column.eq(moves.column)
            with m.If(moves.reading):
                m.d.comb += access.read_addr.eq(moves.access.read_addr)
            with m.If(moves.writing):
                m.d.comb += [
                    access.write_addr.eq(moves.access.write_addr),
                    access.host_enable.eq(moves.access.host_enable),
                    access.host_column.eq(moves.access.host_column),
                    access.host_data.eq(moves.access.host_data),
                ]
        return m
