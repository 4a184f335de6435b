"""The engine: everything but the link."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.units import Unit
from lls_hw.gateware.array.unit import ArrayUnit
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.counters import Counters
from lls_hw.gateware.host.port import HostPort
from lls_hw.gateware.layer_state import LayerState
from lls_hw.gateware.local.unit import LocalUpdateUnit
from lls_hw.gateware.memory.basis import BasisMemory
from lls_hw.gateware.mover.ports import ExternalPort
from lls_hw.gateware.mover.unit import MoverUnit
from lls_hw.gateware.operation import completes
from lls_hw.gateware.samples import Samples
from lls_hw.gateware.scale import ErrorScale
from lls_hw.gateware.sequencer import Sequencer
from lls_hw.gateware.trace import Trace

__all__ = ["Core"]


class Core(wiring.Component):
    """Trains networks by running the programs that the host has stored.

    `program.schedule` has the cycles of a program.

    Members
    -------
    write_i, read_i, read_o : element bus, see `contract.bus`.
    busy : a program runs.
    external : the external memory, if the engine has one.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "write_i": In(stream.Signature(WriteLayout)),
                "read_i": In(stream.Signature(ReadLayout)),
                "read_o": Out(stream.Signature(DATA_BITS)),
                "busy": Out(1),
                **({"external": Out(ExternalPort())} if config.external_depth else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.host = host = HostPort(config)
        m.submodules.sequencer = sequencer = Sequencer(config)
        m.submodules.array = array = ArrayUnit(config)
        m.submodules.local = local = LocalUpdateUnit(config)
        m.submodules.state = state = LayerState(config)
        m.submodules.scale = scale = ErrorScale(config)
        m.submodules.samples = samples = Samples(config)
        m.submodules.basis = basis = BasisMemory(config)
        m.submodules.counters = counters = Counters()

        connect(m, flipped(self.write_i), host.write_i)
        connect(m, flipped(self.read_i), host.read_i)
        connect(m, host.read_o, flipped(self.read_o))
        connect(m, host.run, sequencer.run)
        connect(m, host.program, sequencer.program)
        connect(m, host.weights, array.weights)
        connect(m, host.state, state.host)
        connect(m, host.state_read, state.host_read)
        for name in ("act", "image", "image_row", "label"):
            connect(m, getattr(host, name), getattr(samples.host, name))
        for name in ("act", "image", "image_row"):
            connect(m, getattr(samples, name), getattr(array, name))
        connect(m, host.result_read, samples.result_read)
        connect(m, host.tally_read, samples.tally_read)
        connect(m, host.basis, basis.host)
        connect(m, counters.values, host.counters)
        connect(m, sequencer.local, local.command)
        connect(m, local.latents, array.latents)
        connect(m, local.errors, array.errors)
        connect(m, local.labels, samples.labels)
        connect(m, local.results, samples.results)
        connect(m, local.basis, basis.read)
        connect(m, local.exponents, scale.exponents)
        connect(m, local.levels, scale.levels)
        connect(m, array.error_shift, scale.read)

        units = {Unit.ARRAY: array, Unit.LOCAL: local}
        if config.external_depth:
            m.submodules.mover = units[Unit.MOVER] = mover = MoverUnit(config)
            connect(m, sequencer.mover, mover.command)
            connect(m, mover.weights, array.mover)
            connect(m, host.external, mover.write)
            connect(m, host.external_read, mover.read)
            connect(m, mover.external, flipped(self.external))
            connect(m, host.sample, mover.sample)
            connect(m, mover.inputs, samples.fetch)
            m.d.comb += mover.running.eq(sequencer.busy)
            for name in ("size", "start", "buffer", "step"):
                m.d.comb += getattr(mover.places, name).eq(getattr(host, f"sample_{name}"))
        else:
            m.d.comb += [host.external.ready.eq(1), host.external_read.settled.eq(1)]
            m.d.comb += host.sample.ready.eq(1)
        for unit in units:
            m.d.comb += sequencer.unit_busy[unit].eq(units[unit].busy)
        operation, forward = sequencer.operation, ~sequencer.gradient
        learning = forward & ~operation.classifier
        m.d.comb += [
            self.busy.eq(sequencer.busy),
            host.running.eq(sequencer.busy),
            host.trained.eq(sequencer.trained),
            array.operation.eq(operation),
            array.gradient.eq(sequencer.gradient),
            array.start.eq(sequencer.start),
            array.step.eq(host.step),
            array.act_shift.eq(state.act_shift),
            array.update_shift.eq(state.update_shift),
            array.momentum_shift.eq(host.momentum_shift),
            array.image_shape.eq(host.image_shape),
            state.operation.eq(operation),
            state.level.eq(scale.level),
            state.forward.eq(sequencer.start & learning),
            state.learn.eq(array.done & learning & operation.train & completes(operation)),
            state.magnitude.eq(array.magnitude),
            scale.layer.eq(operation.layer),
            counters.clear.eq(host.run.valid & host.run.ready),
            counters.cycles.eq(sequencer.busy),
            counters.forward_beats.eq(array.streaming & forward),
            counters.gradient_beats.eq(array.streaming & sequencer.gradient),
            counters.local_cycles.eq(local.busy),
            counters.wait_cycles.eq(sequencer.waiting),
            counters.memory_wait_cycles.eq(sequencer.starving),
        ]
        if config.channel_depth:
            connect(m, host.channel, array.channel)
            connect(m, host.channel_read, array.channel_read)
            m.d.comb += array.used_shift.eq(state.used_shift)
        if config.modulation_depth:
            connect(m, host.modulation, local.modulation_write)
            connect(m, host.modulation_read, local.modulation_read)
            m.d.comb += local.step.eq(host.step)
        if config.trace:
            m.submodules.trace = trace = Trace(config)
            connect(m, host.trace_read, trace.read)
            m.d.comb += trace.cycle.eq(counters.values.cycles + 1)
            for name in (unit.name.lower() for unit in units):
                connect(m, getattr(sequencer, f"{name}_events"), getattr(trace, name))
        return m
