"""Host port: turns elements of the address spaces into accesses to the engine's memories."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.config import Config
from lls_hw.formats import WEIGHT_BITS
from lls_hw.gateware.array_unit import HostWeights
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.image_store import IMAGE_SHAPE_LAYOUT
from lls_hw.gateware.sequencer import RUN_LAYOUT
from lls_hw.registers import ADDRESS_BITS, MAGIC, Register, Space

__all__ = ["COUNTERS", "HostPort"]

_READ_CYCLES = 4
"""Longest latency of a memory or register that is read, weights excepted."""
COUNTERS = (
    Register.CYCLES,
    Register.FORWARD_BEATS,
    Register.GRADIENT_BEATS,
    Register.LOCAL_CYCLES,
    Register.WAIT_CYCLES,
)
"""Counters of the last run, in the order of `HostPort.counters`."""


class HostPort(wiring.Component):
    """Serves the element bus.

    Writes: one element a cycle. Reads: one at a time, `_READ_CYCLES` + 2 cycles each; the first
    weight of a word takes cols + 6 cycles. An element whose space is not `while_running` waits
    until the engine is idle, and so does a write of RUN.

    Members
    -------
    write_i, read_i, read_o : the element bus.
    running : a program runs. run : start of a program.
    address, data : of the element being written; `*_enable` says where it goes.
    act_ready : the activation memory takes a write of the host.
    read_address : of the element being read, stable until it has been answered.
    step, result, trace, shift, modulation, counters : what can be read, 3 cycles after
        `read_address`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(
            {
                "write_i": In(stream.Signature(WriteLayout)),
                "read_i": In(stream.Signature(ReadLayout)),
                "read_o": Out(stream.Signature(DATA_BITS)),
                "running": In(1),
                "run": Out(stream.Signature(RUN_LAYOUT)),
                "address": Out(ADDRESS_BITS),
                "data": Out(DATA_BITS),
                "program_enable": Out(1),
                "act_enable": Out(1),
                "act_ready": In(1),
                "label_enable": Out(1),
                "image_enable": Out(1),
                "image_row_enable": Out(1),
                "image_shape": Out(IMAGE_SHAPE_LAYOUT),
                "basis_enable": Out(1),
                "modulation_enable": Out(1),
                "state_enable": Out(1),
                "step_enable": Out(1),
                "weights": Out(HostWeights(config)),
                "read_address": Out(ADDRESS_BITS),
                "step": In(32),
                "result": In(DATA_BITS),
                "trace": In(DATA_BITS),
                "modulation": In(WEIGHT_BITS),
                "shift": In(DATA_BITS),
                "counters": In(len(COUNTERS) * 32),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._writes(m)
        self._reads(m)
        return m

    def _writes(self, m):
        element, valid = self.write_i.payload, self.write_i.valid
        column_bits = ceil_log2(self._config.cols)
        m.d.comb += [
            self.write_i.ready.eq(~self.running),
            self.address.eq(element.addr),
            self.data.eq(element.data),
            self.run.payload.eq(element.data),
            self.weights.write_column.eq(element.addr[:column_bits]),
            self.weights.write_addr.eq(element.addr[column_bits:]),
            self.weights.write_data.eq(element.data),
        ]
        idle = valid & ~self.running
        with m.Switch(element.space):
            with m.Case(Space.CONTROL):
                with m.If(element.addr == Register.IMAGE_ROW):
                    m.d.comb += [self.write_i.ready.eq(1), self.image_row_enable.eq(valid)]
                with m.If(element.addr == Register.IMAGE_SHAPE):
                    m.d.comb += self.write_i.ready.eq(1)
                    m.d.sync += self.image_shape.eq(Mux(valid, element.data, self.image_shape))
                m.d.comb += self.step_enable.eq(idle & (element.addr == Register.STEP))
                m.d.comb += self.run.valid.eq(idle & (element.addr == Register.RUN))
            with m.Case(Space.PROGRAM):
                m.d.comb += self.program_enable.eq(idle)
            with m.Case(Space.ACT):
                m.d.comb += self.write_i.ready.eq(self.act_ready)
                m.d.comb += self.act_enable.eq(valid)
            with m.Case(Space.IMAGE):
                m.d.comb += self.write_i.ready.eq(1)
                m.d.comb += self.image_enable.eq(valid)
            with m.Case(Space.LABEL):
                m.d.comb += self.write_i.ready.eq(1)
                m.d.comb += self.label_enable.eq(valid)
            with m.Case(Space.WEIGHT):
                m.d.comb += self.weights.write_enable.eq(idle)
            with m.Case(Space.BASIS):
                m.d.comb += self.basis_enable.eq(idle)
            with m.Case(Space.MODULATION):
                m.d.comb += self.modulation_enable.eq(idle)
            with m.Case(Space.STATE):
                m.d.comb += self.state_enable.eq(idle)

    def _reads(self, m):
        config, element = self._config, self.read_i.payload
        column_bits = ceil_log2(config.cols)
        space = Signal.like(element.space)
        addr = self.read_address
        settle = config.cols + _READ_CYCLES
        count = Signal(range(_READ_CYCLES + 1))
        idle_for = Signal(range(settle + 1))
        word = Signal(ADDRESS_BITS - column_bits)
        weight = Signal(signed(WEIGHT_BITS))
        m.d.comb += [
            word.eq(addr[column_bits:]),
            self.weights.read_addr.eq(word),
            self.weights.read_column.eq(addr[:column_bits]),
        ]
        m.d.sync += weight.eq(self.weights.read_data)

        allowed = (element.space == Space.CONTROL) | ~self.running
        answer = Signal(DATA_BITS)
        clock = Signal(32)
        m.d.sync += clock.eq(clock + 1)
        register = self._register(m, addr, clock)
        with m.Switch(space):
            with m.Case(Space.CONTROL):
                m.d.comb += answer.eq(register)
            with m.Case(Space.WEIGHT):
                m.d.comb += answer.eq(weight.as_unsigned())
            with m.Case(Space.STATE):
                m.d.comb += answer.eq(self.shift)
            with m.Case(Space.MODULATION):
                m.d.comb += answer.eq(self.modulation)
            with m.Case(Space.TRACE):
                m.d.comb += answer.eq(self.trace)
            with m.Case(Space.RESULT):
                m.d.comb += answer.eq(self.result)

        with m.If(self.running | self.weights.write_enable):
            m.d.sync += idle_for.eq(0)
        with m.Elif(idle_for != settle):
            m.d.sync += idle_for.eq(idle_for + 1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.read_i.ready.eq(allowed)
                with m.If(self.read_i.valid & allowed):
                    m.d.sync += [space.eq(element.space), addr.eq(element.addr), count.eq(0)]
                    with m.If((element.addr >> column_bits) != word):
                        m.d.sync += idle_for.eq(0)
                    m.next = "LOOKUP"
            with m.State("LOOKUP"):
                m.d.sync += count.eq(Mux(count == _READ_CYCLES, count, count + 1))
                m.d.sync += self.read_o.payload.eq(answer)
                settled = (space != Space.WEIGHT) | (idle_for == settle)
                with m.If((count == _READ_CYCLES) & settled):
                    m.next = "ANSWER"
                    m.d.sync += self.read_o.valid.eq(1)
            with m.State("ANSWER"):
                with m.If(self.read_o.ready):
                    m.d.sync += self.read_o.valid.eq(0)
                    m.next = "IDLE"

    def _register(self, m, addr, clock):
        """Value of a control register."""
        digest = self._config.digest
        value = Signal(DATA_BITS)
        with m.Switch(addr):
            for register, source in (
                (Register.MAGIC, MAGIC),
                (Register.DIGEST_LOW, digest & 0xFFFFFFFF),
                (Register.DIGEST_HIGH, digest >> 32),
                (Register.STEP, self.step),
                (Register.CLOCK, clock),
                *((r, self.counters.word_select(k, 32)) for k, r in enumerate(COUNTERS)),
            ):
                with m.Case(register):
                    m.d.sync += value.eq(source)
            with m.Default():
                m.d.sync += value.eq(0)
        return value
