"""The engine: everything but the link."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.registers import Register
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
            sequencer.array_busy.eq(array.busy),
            sequencer.local_busy.eq(local.busy),
            sequencer.program_enable.eq(host.program_enable),
            sequencer.program_addr.eq(host.address),
            sequencer.program_data.eq(host.data),
            array.operation.eq(sequencer.operation),
            array.gradient.eq(sequencer.gradient),
            array.start.eq(sequencer.start),
            array.act_shift.eq(state.act_shift),
            array.update_shift.eq(state.update_shift),
            array.momentum_shift.eq(host.momentum_shift),
            array.error_shift.shift.eq(scale.shift),
            array.act.valid.eq(host.act_enable),
            array.act.payload.addr.eq(host.address),
            array.act.payload.data.eq(host.data),
            array.image.valid.eq(host.image_enable),
            array.image.payload.addr.eq(host.address),
            array.image.payload.data.eq(host.data),
            array.image_row.payload.eq(host.data),
            array.image_row.valid.eq(host.image_row_enable),
            array.image_shape.eq(host.image_shape),
            host.act_ready.eq(array.act.ready),
            scale.layer.eq(sequencer.operation.layer),
            scale.sample.eq(array.error_shift.sample),
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
        for field in (
            "classifier", "train", "layer", "samples", "channels", "latent_base", "classes",
            "basis_stride", "temperature_shift", "cosine", "modulation", "modulation_shift",
            "modulation_base",
        ):  # fmt: skip
            m.d.comb += getattr(command, field).eq(getattr(sequencer.descriptor, field))
        descriptor = sequencer.descriptor
        cells = descriptor.cell_bits << 1
        m.d.comb += [
            command.tiles.eq(descriptor.out_tiles),
            command.length.eq(descriptor.channels << cells),
            command.words.eq(descriptor.out_tiles << cells),
            command.label_base.eq(sequencer.buffer << batch_bits),
            local.command.valid.eq(sequencer.local_valid),
            array.latents.addr.eq(local.u_addr),
            array.latents.bank.eq(local.u_bank),
            local.u_data.eq(array.latents.data),
            array.errors.enable.eq(local.d_en),
            array.errors.addr.eq(local.d_addr),
            array.errors.bank.eq(local.d_bank),
            array.errors.data.eq(local.d_data),
            scale.exponent_enable.eq(local.exp_en),
            scale.exponent_addr.eq(local.exp_addr),
            scale.exponent_data.eq(local.exp_data),
            scale.level_enable.eq(local.level_en),
            scale.level_layer.eq(local.level_layer),
            scale.level_data.eq(local.level_data),
        ]

    def _local_memories(self, m):
        """Labels, results and basis."""
        config, local, host = self._config, m.submodules.local, m.submodules.host
        m.submodules.labels = labels = Ram(_LABEL_BITS, 2 * config.max_batch)
        m.submodules.results = results = Ram(_RESULT_BITS, 2 * config.max_batch)
        m.submodules.basis = basis = BasisMemory(config)
        m.d.comb += [
            labels.read.addr.eq(local.label_addr),
            local.label_data.eq(labels.read.data),
            labels.write.addr.eq(host.address),
            labels.write.data.eq(host.data),
            labels.write.enable.eq(host.label_enable),
            results.write.addr.eq(local.result_addr),
            results.write.data.eq(local.result_data),
            results.write.enable.eq(local.result_en),
            results.read.addr.eq(host.read_address),
            host.result.eq(results.read.data),
            basis.read.addr.eq(local.basis_addr),
            local.basis_data.eq(basis.read.data),
            basis.write_addr.eq(host.address),
            basis.write_data.eq(host.data),
            basis.write_enable.eq(host.basis_enable),
        ]
        if config.modulation_depth:
            m.d.comb += [
                local.modulation_en.eq(host.modulation_enable),
                local.modulation_addr.eq(host.address),
                local.modulation_data.eq(host.data),
                local.modulation_read_addr.eq(host.read_address),
                host.modulation.eq(local.modulation_read),
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
            "FORWARD_BEATS": array.streaming & ~sequencer.gradient,
            "GRADIENT_BEATS": array.streaming & sequencer.gradient,
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
