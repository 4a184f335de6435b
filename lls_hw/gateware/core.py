"""The engine: everything but the link."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.registers import Register
from lls_hw.contract.units import Unit
from lls_hw.gateware.array.unit import ArrayUnit
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.host import COUNTERS, HostPort
from lls_hw.gateware.layer_state import LayerState
from lls_hw.gateware.local.unit import LocalUpdateUnit
from lls_hw.gateware.memory.basis import BasisMemory
from lls_hw.gateware.memory.ram import Ram
from lls_hw.gateware.scale import ErrorScale
from lls_hw.gateware.sequencer import Sequencer
from lls_hw.gateware.trace import Trace

__all__ = ["Core"]

_LABEL_BITS = 8
_RESULT_BITS = 24


class Core(wiring.Component):
    """Trains networks by running the programs that the host has stored.

    Members
    -------
    write_i, read_i, read_o : element bus, see `registers.Space`.
    busy : a program runs.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "write_i": In(stream.Signature(WriteLayout)),
                "read_i": In(stream.Signature(ReadLayout)),
                "read_o": Out(stream.Signature(DATA_BITS)),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.host = host = HostPort(config)
        m.submodules.sequencer = sequencer = Sequencer(config)
        m.submodules.array = array = ArrayUnit(config)
        m.submodules.state = state = LayerState(config)
        m.submodules.scale = scale = ErrorScale(config)
        m.submodules.local = local = LocalUpdateUnit(config)

        connect(m, flipped(self.write_i), host.write_i)
        connect(m, flipped(self.read_i), host.read_i)
        connect(m, flipped(self.read_o), host.read_o)
        connect(m, host.run, sequencer.run)
        connect(m, host.weights, array.weights)
        m.d.comb += [
            self.busy.eq(sequencer.busy),
            host.running.eq(sequencer.busy),
            sequencer.unit_busy[Unit.ARRAY].eq(array.busy),
            sequencer.unit_busy[Unit.LOCAL].eq(local.busy),
            sequencer.program.valid.eq(host.program_enable),
            sequencer.program.payload.addr.eq(host.address),
            sequencer.program.payload.data.eq(host.data),
            array.operation.eq(sequencer.operation),
            array.gradient.eq(sequencer.gradient),
            array.start.eq(sequencer.start),
            array.act_shift.eq(state.act_shift),
            array.update_shift.eq(state.update_shift),
            array.momentum_shift.eq(host.momentum_shift),
            array.error_shift.eq(scale.shift),
            array.act_enable.eq(host.act_enable),
            array.act_addr.eq(host.address),
            array.act_data.eq(host.data),
            array.image_enable.eq(host.image_enable),
            array.image_row.eq(host.data),
            array.image_row_enable.eq(host.image_row_enable),
            array.image_shape.eq(host.image_shape),
            host.act_ready.eq(array.act_ready),
            scale.layer.eq(sequencer.operation.layer),
            scale.sample.eq(array.sample),
        ]
        self._layer_state(m)
        self._local_unit(m)
        self._local_memories(m)
        self._counters(m)
        return m

    def _layer_state(self, m):
        sub = m.submodules
        host, state, operation = sub.host, sub.state, sub.sequencer.operation
        forward = ~sub.sequencer.gradient & ~operation.classifier
        m.d.comb += [
            state.operation.eq(operation),
            state.level.eq(sub.scale.level),
            state.forward.eq(sub.sequencer.start & forward),
            state.learn.eq(sub.array.done & forward & operation.train),
            state.magnitude.eq(sub.array.magnitude),
            state.host_enable.eq(host.state_enable),
            state.host_layer.eq(Mux(host.state_enable, host.address, host.read_address)),
            state.host_data.eq(host.data),
            host.shift.eq(state.host_shift),
        ]

    def _local_unit(self, m):
        """Commands of the local update unit; its latents, errors and exponents."""
        sub, config = m.submodules, self._config
        local, array, scale, sequencer = sub.local, sub.array, sub.scale, sub.sequencer
        batch_bits = ceil_log2(config.max_batch)
        command = local.command.payload
        for name, _ in command.shape():
            if name != "label_base":
                m.d.comb += getattr(command, name).eq(getattr(sequencer.local, name))
        m.d.comb += [
            command.label_base.eq(sequencer.buffer << batch_bits),
            local.command.valid.eq(sequencer.local_valid),
            array.latent_addr.eq(local.latents.addr),
            array.latent_bank.eq(local.latents.bank),
            local.latents.data.eq(array.latent_data),
            array.error_enable.eq(local.errors.enable),
            array.error_addr.eq(local.errors.addr),
            array.error_bank.eq(local.errors.bank),
            array.error_data.eq(local.errors.data),
            scale.exponent_enable.eq(local.exponents.enable),
            scale.exponent_addr.eq(local.exponents.addr),
            scale.exponent_data.eq(local.exponents.data),
            scale.level_enable.eq(local.levels.enable),
            scale.level_layer.eq(local.levels.addr),
            scale.level_data.eq(local.levels.data),
        ]

    def _local_memories(self, m):
        """Labels, results and basis."""
        config, local, host = self._config, m.submodules.local, m.submodules.host
        m.submodules.labels = labels = Ram(_LABEL_BITS, 2 * config.max_batch)
        m.submodules.results = results = Ram(_RESULT_BITS, 2 * config.max_batch)
        m.submodules.basis = basis = BasisMemory(config)
        m.d.comb += [
            labels.read.addr.eq(local.labels.addr),
            local.labels.data.eq(labels.read.data),
            labels.write.addr.eq(host.address),
            labels.write.data.eq(host.data),
            labels.write.enable.eq(host.label_enable),
            results.write.addr.eq(local.results.addr),
            results.write.data.eq(local.results.data),
            results.write.enable.eq(local.results.enable),
            results.read.addr.eq(host.read_address),
            host.result.eq(results.read.data),
            basis.read.addr.eq(local.basis.addr),
            local.basis.data.eq(basis.read.data),
            basis.write_addr.eq(host.address),
            basis.write_data.eq(host.data),
            basis.write_enable.eq(host.basis_enable),
        ]
        if config.modulation_depth:
            m.d.comb += [
                local.modulation_write.valid.eq(host.modulation_enable),
                local.modulation_write.payload.addr.eq(host.address),
                local.modulation_write.payload.data.eq(host.data),
                local.modulation_read.addr.eq(host.read_address),
                host.modulation.eq(local.modulation_read.data),
            ]

    def _counters(self, m):
        """Step number, and what the last run did with its cycles."""
        sub = m.submodules
        host, sequencer, array, local = sub.host, sub.sequencer, sub.array, sub.local
        step = Signal(32)
        with m.If(host.step_enable):
            m.d.sync += step.eq(host.data)
        with m.Elif(sequencer.trained):
            m.d.sync += step.eq(step + 1)
        m.d.comb += [array.step.eq(step), host.step.eq(step)]
        if self._config.modulation_depth:
            m.d.comb += local.step.eq(step)
        events = {
            "CYCLES": sequencer.busy,
            "FORWARD_BEATS": array.beat.valid & ~sequencer.gradient,
            "GRADIENT_BEATS": array.beat.valid & sequencer.gradient,
            "LOCAL_CYCLES": local.busy,
            "WAIT_CYCLES": sequencer.waiting,
        }
        counters = {register: Signal(32, name=register.name.lower()) for register in COUNTERS}
        with m.If(host.run.valid & host.run.ready):
            m.d.sync += [counter.eq(0) for counter in counters.values()]
        with m.Else():
            for register, counter in counters.items():
                m.d.sync += counter.eq(counter + events[register.name])
        m.d.comb += host.counters.eq(Cat(counters.values()))
        if not self._config.trace:
            return
        m.submodules.trace = trace = Trace(self._config)
        m.d.comb += [
            trace.cycle.eq(counters[Register.CYCLES] + 1),
            trace.index.eq(sequencer.index),
            trace.array_index.eq(sequencer.array_index),
            trace.array_start.eq(sequencer.start),
            trace.array_busy.eq(array.busy),
            trace.local_start.eq(sequencer.local_valid),
            trace.local_busy.eq(local.busy),
            trace.read_addr.eq(host.read_address),
            host.trace.eq(trace.read_data),
        ]
