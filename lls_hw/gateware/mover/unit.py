"""Everything of an engine that has to do with the external memory."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.counters import PORTS, USES, port_counter
from lls_hw.contract.registers import TEST_CONTROLS, TEST_RESULTS
from lls_hw.gateware.bus import element_write
from lls_hw.gateware.counters import PortUses
from lls_hw.gateware.host.places import RegisterValues, port_name, write_signature
from lls_hw.gateware.mover.external_access import ExternalAccess
from lls_hw.gateware.mover.input_access import InputWrites
from lls_hw.gateware.mover.memory_check import MemoryTest
from lls_hw.gateware.mover.mover import Mover
from lls_hw.gateware.mover.port_use import PortUse
from lls_hw.gateware.mover.ports import COMMAND_LAYOUT, ELEMENT_BITS, ExternalPort, MovedWeights
from lls_hw.gateware.mover.sample_fetch import SampleFetch, SamplePlaces
from lls_hw.gateware.mover.turns import ExternalTurns
from lls_hw.gateware.operation import MOVE_LAYOUT
from lls_hw.gateware.ports import SlowRead
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["MoverUnit"]


class MoverUnit(wiring.Component):
    """The mover, the fetch of stored samples, the host's way to the memory of both, and its test.

    Members
    -------
    command, busy, weights : as those of `Mover`.
    running : a program runs. external, external_read : elements that the host writes and reads.
    sample, places, inputs : as those of `SampleFetch`.
    test_place, test_value, test_pass, results : as those of `MemoryTest`. testing : its `busy`.
    uses : what the mover and the fetch do with the memory in a run, and the host afterwards.
    memory : the external memory.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "command": In(stream.Signature(MOVE_LAYOUT, always_ready=True)),
                "busy": Out(1),
                "weights": Out(MovedWeights(config)),
                "running": In(1),
                "external": In(element_write(always_ready=False)),
                "external_read": In(SlowRead()),
                "sample": In(element_write(always_ready=False)),
                "places": In(SamplePlaces()),
                "inputs": Out(InputWrites()),
                **{
                    port_name(register): In(write_signature(register)) for register in TEST_CONTROLS
                },
                "results": Out(RegisterValues(TEST_RESULTS)),
                "testing": Out(1),
                "uses": Out(PortUses()),
                "memory": Out(ExternalPort()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.mover = mover = Mover(self._config)
        m.submodules.access = access = ExternalAccess()
        m.submodules.samples = samples = SampleFetch(self._config)
        m.submodules.turns = turns = ExternalTurns()
        connect(m, flipped(self.command), mover.command)
        connect(m, mover.weights, flipped(self.weights))
        connect(m, mover.external, access.mover)
        connect(m, flipped(self.external), access.write)
        connect(m, flipped(self.external_read), access.read)
        connect(m, flipped(self.sample), samples.sample)
        connect(m, flipped(self.places), samples.places)
        connect(m, samples.inputs, flipped(self.inputs))
        m.submodules.test = test = MemoryTest()
        for name in map(port_name, TEST_CONTROLS):
            connect(m, flipped(getattr(self, name)), getattr(test, name))
        connect(m, test.results, flipped(self.results))
        connect(m, access.external, test.port)
        # Host, memories and pins are far apart: what leaves for the turns comes from registers.
        m.submodules.commands = commands = StreamBuffer(COMMAND_LAYOUT)
        m.submodules.written = written = StreamBuffer(ELEMENT_BITS)
        m.submodules.sampled = sampled = StreamBuffer(COMMAND_LAYOUT)
        connect(m, test.external.command, commands.i)
        connect(m, test.external.write_data, written.i)
        connect(m, samples.external.command, sampled.i)
        connect(m, commands.o, turns.weights.command)
        connect(m, written.o, turns.weights.write_data)
        connect(m, sampled.o, turns.samples.command)
        connect(m, turns.weights.read_data, test.external.read_data)
        connect(m, turns.samples.read_data, samples.external.read_data)
        connect(m, turns.external, flipped(self.memory))
        m.d.comb += [
            self.busy.eq(mover.busy),
            self.testing.eq(test.busy),
            access.running.eq(self.running),
        ]
        users = access.external.command, samples.external.command, access.external.command
        owners = self.running, self.running, ~self.running & ~test.busy
        for port, command, owner in zip(PORTS, users, owners, strict=True):
            m.submodules[f"{port}_use"] = use = PortUse()
            m.d.comb += [
                use.enable.eq(owner),
                use.taken.eq(command.valid & command.ready),
                use.writes.eq(command.payload.write),
            ]
            for name in USES:
                m.d.comb += getattr(self.uses, port_counter(port, name)).eq(getattr(use, name))
        return m
