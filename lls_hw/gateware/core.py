"""The engine: everything but the link."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.gateware.array.unit import ArrayUnit
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.counters import Counters
from lls_hw.gateware.host import HostPort
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
        m.submodules.counters = counters = Counters()

        connect(m, flipped(self.write_i), host.write_i)
        connect(m, flipped(self.read_i), host.read_i)
        connect(m, flipped(self.read_o), host.read_o)
        connect(m, host.run, sequencer.run)
        connect(m, host.weights, array.weights)
        connect(m, host.state, state.host)
        connect(m, host.state_read, state.host_read)
        connect(m, counters.values, host.counters)
        forward = ~sequencer.gradient & ~sequencer.operation.classifier
        m.d.comb += [
            self.busy.eq(sequencer.busy),
            host.running.eq(sequencer.busy),
            host.trained.eq(sequencer.trained),
            sequencer.array_busy.eq(array.busy),
            sequencer.local_busy.eq(local.busy),
            sequencer.program_enable.eq(host.program.valid),
            sequencer.program_addr.eq(host.program.payload.addr),
            sequencer.program_data.eq(host.program.payload.data),
            array.operation.eq(sequencer.operation),
            array.gradient.eq(sequencer.gradient),
            array.start.eq(sequencer.start),
            array.step.eq(host.step),
            array.act_shift.eq(state.act_shift),
            array.update_shift.eq(state.update_shift),
            array.momentum_shift.eq(host.momentum_shift),
            array.error_shift.eq(scale.read.shift),
            array.act_enable.eq(host.act.valid),
            array.act_addr.eq(host.act.payload.addr),
            array.act_data.eq(host.act.payload.data),
            host.act.ready.eq(array.act_ready),
            array.image_enable.eq(host.image.valid),
            array.image_row.eq(host.image_row.payload),
            array.image_row_enable.eq(host.image_row.valid),
            array.image_shape.eq(host.image_shape),
            state.operation.eq(sequencer.operation),
            state.level.eq(scale.level),
            state.forward.eq(sequencer.start & forward),
            state.learn.eq(array.done & forward & sequencer.operation.train),
            state.magnitude.eq(array.magnitude),
            scale.layer.eq(sequencer.operation.layer),
            scale.read.sample.eq(array.sample),
            counters.clear.eq(host.run.valid & host.run.ready),
            counters.cycles.eq(sequencer.busy),
            counters.forward_beats.eq(array.beat.valid & ~sequencer.gradient),
            counters.gradient_beats.eq(array.beat.valid & sequencer.gradient),
            counters.local_cycles.eq(local.busy),
            counters.wait_cycles.eq(sequencer.waiting),
        ]
        if config.trace:
            m.submodules.trace = trace = Trace(config)
            connect(m, host.trace_read, trace.read)
            m.d.comb += [
                trace.cycle.eq(counters.values.cycles + 1),
                trace.array.index.eq(sequencer.array_index),
                trace.array.start.eq(sequencer.start),
                trace.array.busy.eq(array.busy),
                trace.local.index.eq(sequencer.index),
                trace.local.start.eq(sequencer.local_valid),
                trace.local.busy.eq(local.busy),
            ]
        self._local_unit(m)
        self._local_memories(m)
        return m

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
            array.latent_addr.eq(local.u_addr),
            array.latent_bank.eq(local.u_bank),
            local.u_data.eq(array.latent_data),
            array.error_enable.eq(local.d_en),
            array.error_addr.eq(local.d_addr),
            array.error_bank.eq(local.d_bank),
            array.error_data.eq(local.d_data),
            scale.exponents.enable.eq(local.exp_en),
            scale.exponents.addr.eq(local.exp_addr),
            scale.exponents.data.eq(local.exp_data),
            scale.levels.enable.eq(local.level_en),
            scale.levels.addr.eq(local.level_layer),
            scale.levels.data.eq(local.level_data),
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
            labels.write.addr.eq(host.label.payload.addr),
            labels.write.data.eq(host.label.payload.data),
            labels.write.enable.eq(host.label.valid),
            results.write.addr.eq(local.result_addr),
            results.write.data.eq(local.result_data),
            results.write.enable.eq(local.result_en),
            results.read.addr.eq(host.result_read.addr),
            host.result_read.data.eq(results.read.data),
            basis.read.addr.eq(local.basis_addr),
            local.basis_data.eq(basis.read.data),
            basis.write_addr.eq(host.basis.payload.addr),
            basis.write_data.eq(host.basis.payload.data),
            basis.write_enable.eq(host.basis.valid),
        ]
        if config.modulation_depth:
            m.d.comb += [
                local.step.eq(host.step),
                local.modulation_en.eq(host.modulation.valid),
                local.modulation_addr.eq(host.modulation.payload.addr),
                local.modulation_data.eq(host.modulation.payload.data),
                local.modulation_read_addr.eq(host.modulation_read.addr),
                host.modulation_read.data.eq(local.modulation_read.as_unsigned()),
            ]
