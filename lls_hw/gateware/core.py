"""The engine: everything but the link."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.registers import TEST_CONTROLS
from lls_hw.contract.units import Unit
from lls_hw.gateware.array.unit import ArrayUnit
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.counters import Counters
from lls_hw.gateware.host.places import port_name
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
    busy : a program or a test of the external memory runs, from the cycle after its element on.
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
        connect(m, host.label, samples.host.label)
        for name in ("act", "image", "image_place"):
            connect(m, getattr(host, name), getattr(samples.host, name))
            connect(m, getattr(samples, name), getattr(array, name))
        for name in ("result_read", "tally_read"):
            connect(m, getattr(host, name), getattr(samples, name))
        connect(m, host.basis, basis.host)
        connect(m, counters.values, host.counters)
        connect(m, sequencer.local, local.command)
        for other, *names in ((array, "latents", "errors"), (samples, "labels", "results")):
            for name in names:
                connect(m, getattr(local, name), getattr(other, name))
        connect(m, local.exponents, scale.exponents)
        connect(m, local.levels, scale.levels)
        connect(m, local.basis, basis.read)
        connect(m, array.error_shift, scale.read)
        testing = Signal()  # the external memory
        busy = {Unit.ARRAY: array.working, Unit.LOCAL: local.busy}
        if config.external_depth:
            m.submodules.mover = mover = MoverUnit(config)
            busy[Unit.MOVER] = mover.busy
            connect(m, sequencer.mover, mover.command)
            connect(m, mover.weights, array.mover)
            for name in ("external", "external_read", "sample", *map(port_name, TEST_CONTROLS)):
                connect(m, getattr(host, name), getattr(mover, name))
            connect(m, mover.inputs, samples.fetch)
            connect(m, mover.results, host.test)
            connect(m, mover.uses, counters.uses)
            connect(m, mover.memory, flipped(self.external))
            m.d.comb += [mover.running.eq(sequencer.busy), testing.eq(mover.testing)]
            places = mover.places.signature.members
            m.d.comb += [getattr(mover.places, name).eq(getattr(host, name)) for name in places]
        else:
            absent = host.external.ready, host.external_read.settled, host.sample.ready
            m.d.comb += [signal.eq(1) for signal in absent]
        m.d.comb += [sequencer.unit_busy[unit].eq(works) for unit, works in busy.items()]
        operation, forward = sequencer.operation, ~sequencer.gradient
        learning = forward & ~operation.classifier
        m.d.comb += [
            self.busy.eq(host.run.valid | sequencer.busy | testing),
            host.running.eq(self.busy),
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
            for name in (unit.name.lower() for unit in busy):
                connect(m, getattr(sequencer, f"{name}_events"), getattr(trace, name))
        return m
