"""Host port: everything that the host writes and reads."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from lls_hw.contract.config import Config
from lls_hw.contract.registers import TEST_RESULTS, Register, Space
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.counters import CounterValues
from lls_hw.gateware.host.columns import ColumnAccess
from lls_hw.gateware.host.decoder import ElementDecoder
from lls_hw.gateware.host.element_register import ElementRegister
from lls_hw.gateware.host.places import (
    COLUMNS,
    EVENTS,
    READ,
    STORED,
    WRITTEN,
    RegisterValues,
    port_name,
    read_signature,
    register_shape,
    stalls,
    write_signature,
)
from lls_hw.gateware.host.reads import ElementReader
from lls_hw.gateware.host.registers import RegisterFile
from lls_hw.gateware.host.writes import WriteRouter
from lls_hw.gateware.ports import HostWeights
from lls_hw.gateware.stream_buffer import StreamBuffer

__all__ = ["HostPort"]

_MEMORIES = tuple(space for space in WRITTEN if space not in COLUMNS)
_FAR = tuple(space for space in _MEMORIES if not stalls(space))
"""Spaces with an `ElementRegister` on the way."""
_NEAR = tuple(space for space in _MEMORIES if stalls(space))
_RUN = port_name(Register.RUN)
_SOURCES = tuple(space for space in READ if space not in (Space.CONTROL, *COLUMNS))


class HostPort(wiring.Component):
    """Serves the element bus.

    Writes: one element in 2 cycles; those that nothing keeps waiting arrive a cycle later than the
    others, and before whatever the host asks for next. Reads, after all writes: one at a time,
    answered after `ElementReader.LATENCY` cycles; the first weight or velocity of a word takes
    ``settle_cycles(config) + 2``. An element that `places.waits_for_idle` names is written
    while no program runs; all others, and reads of registers, do not wait for its end.

    Members
    -------
    write_i, read_i, read_o : the element bus.
    running : a program or a memory test runs, or `run` waits to be taken: from the cycle after its
        element on. Its end is seen a cycle late.
    trained : strobe, a training step has ended.
    counters : of the last run. test : results of the memory test.
    <space> : elements for each space that is written, named like it in lower case.
    <space>_read : access to each space that is read.
    weights : weights and velocities.
    run, image_place, test_place, test_value, test_pass : values written to the registers that keep
        none.
    step, image_shape, momentum_shift : values of the others.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "write_i": In(stream.Signature(WriteLayout)),
                "read_i": In(stream.Signature(ReadLayout)),
                "read_o": Out(stream.Signature(DATA_BITS)),
                "running": In(1),
                "trained": In(1),
                "counters": In(CounterValues()),
                "test": In(RegisterValues(TEST_RESULTS)),
                **{port_name(s): Out(write_signature(s)) for s in _MEMORIES},
                **{f"{port_name(space)}_read": Out(read_signature(space)) for space in _SOURCES},
                "weights": Out(HostWeights(config)),
                **{port_name(register): Out(write_signature(register)) for register in EVENTS},
                **{port_name(register): Out(register_shape(register)) for register in STORED},
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = ElementDecoder()
        m.submodules.writes = writes = WriteRouter()
        m.submodules.reads = reads = ElementReader()
        m.submodules.columns = columns = ColumnAccess(self._config)
        m.submodules.registers = registers = RegisterFile(self._config)

        connect(m, flipped(self.write_i), decoder.i)
        connect(m, decoder.o, writes.i)
        connect(m, flipped(self.read_i), reads.read_i)
        connect(m, reads.read_o, flipped(self.read_o))
        connect(m, flipped(self.counters), registers.counters)
        connect(m, flipped(self.test), registers.test)
        connect(m, reads.control_read, registers.read)
        connect(m, columns.weights, flipped(self.weights))
        for name in map(port_name, COLUMNS):
            connect(m, getattr(writes, name), getattr(columns, name))
            connect(m, getattr(reads, f"{name}_read"), getattr(columns, f"{name}_read"))
        # What the host writes goes far. It is there before the address of a read is.
        for name in map(port_name, _FAR):
            m.submodules[f"{name}_register"] = register = ElementRegister()
            connect(m, getattr(writes, name), register.i)
            connect(m, register.o, flipped(getattr(self, name)))
        for name in map(port_name, (*_NEAR, *EVENTS)):
            if name != _RUN:
                connect(m, getattr(writes, name), flipped(getattr(self, name)))
        m.submodules.run = run = StreamBuffer(register_shape(Register.RUN))
        connect(m, writes.run, run.i)
        connect(m, run.o, flipped(self.run))
        for name in map(port_name, _SOURCES):
            connect(m, getattr(reads, f"{name}_read"), flipped(getattr(self, f"{name}_read")))
        for name in map(port_name, STORED):
            connect(m, getattr(writes, name), getattr(registers, f"{name}_write"))
            m.d.comb += getattr(self, name).eq(getattr(registers, name))
        # A register: what is waited for ends in all memories. What begins is seen at once.
        running, begins = Signal(), Signal()
        m.d.sync += running.eq(self.running | begins)
        m.d.comb += [
            begins.eq((run.i.valid & run.i.ready) | self.test_pass.valid),
            writes.running.eq(running),
            reads.running.eq(running),
            reads.writing.eq(decoder.o.valid),
            reads.settled.eq(columns.settled),
            columns.running.eq(running),
            columns.next_enable.eq(reads.next_enable),
            columns.next_addr.eq(reads.next_addr),
            registers.trained.eq(self.trained),
        ]
        return m
