"""Host port: turns elements of the address spaces into accesses to the engine's memories."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.formats import MOMENTUM_SHIFT_MAX, VELOCITY_BITS, WEIGHT_BITS
from lls_hw.contract.registers import ADDRESS_BITS, MAGIC, Register, Space
from lls_hw.gateware.bus import DATA_BITS, ReadLayout, WriteLayout
from lls_hw.gateware.memory.images import IMAGE_SHAPE_LAYOUT
from lls_hw.gateware.ports import HostWeights
from lls_hw.gateware.sequencer import RUN_LAYOUT

__all__ = ["COUNTERS", "HostPort"]

_READ_CYCLES = 4
"""Longest latency of a memory or register that is read, weights and velocities excepted."""
COUNTERS = (
    Register.CYCLES,
    Register.FORWARD_BEATS,
    Register.GRADIENT_BEATS,
    Register.LOCAL_CYCLES,
    Register.WAIT_CYCLES,
)
"""Counters of the last run, in the order of `HostPort.counters`."""


_SPACES = {
    "program": Space.PROGRAM, "act": Space.ACT, "image": Space.IMAGE, "label": Space.LABEL,
    "weight": Space.WEIGHT, "velocity": Space.VELOCITY, "basis": Space.BASIS,
    "modulation": Space.MODULATION, "state": Space.STATE,
}  # fmt: skip
_REGISTERS = {
    "run": Register.RUN, "step": Register.STEP, "image_row": Register.IMAGE_ROW,
    "image_shape": Register.IMAGE_SHAPE, "momentum_shift": Register.MOMENTUM_SHIFT,
}  # fmt: skip
_TARGETS = data.StructLayout({name: 1 for name in (*_SPACES, *_REGISTERS, "anytime")})
"""Where an element goes, one-hot; `anytime`: at once, even while a program runs."""


class HostPort(wiring.Component):
    """Serves the element bus.

    Writes: one element in 2 cycles. Reads, behind all writes: one at a time,
    `_READ_CYCLES` + 2 cycles each; the first weight or velocity of a word takes cols + 7
    cycles. An element whose space is not `while_running` waits until the engine is idle, and so
    does a write of RUN.

    Members
    -------
    write_i, read_i, read_o : the element bus.
    running : a program runs. pending : an element waits to be written. run : start of a program.
    address, data : of the element being written; `*_enable` says where it goes.
    act_ready : the activation memory takes the element of `act_enable`.
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
                "pending": Out(1),
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
                "momentum_shift": Out(range(MOMENTUM_SHIFT_MAX + 1)),
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
        """Each element is decoded into a register, from which it goes to its memory."""
        element, wanted, target = self.write_i.payload, Signal(_TARGETS), Signal(_TARGETS)
        column_bits = ceil_log2(self._config.cols)
        pending, take = Signal(), Signal()
        m.d.comb += self.write_i.ready.eq(~pending)
        m.d.sync += pending.eq(Mux(pending, ~take, self.write_i.valid))
        with m.If(self.write_i.ready):
            m.d.sync += [
                self.address.eq(element.addr),
                self.data.eq(element.data),
                target.eq(wanted),
            ]
        for name, space in _SPACES.items():
            m.d.comb += wanted[name].eq(element.space == space)
        for name, register in _REGISTERS.items():
            chosen = (element.space == Space.CONTROL) & (element.addr == register)
            m.d.comb += wanted[name].eq(chosen)
        anytime = [n for n, space in _SPACES.items() if space.while_running and n != "act"]
        anytime += ["image_row", "image_shape"]
        at_once, idle = Signal(), Signal()
        m.d.comb += [
            wanted.anytime.eq(Cat(wanted[n] for n in anytime).any()),
            at_once.eq(pending & target.anytime),
            idle.eq(pending & ~self.running),
            self.act_enable.eq(pending & target.act),
            take.eq(at_once | (self.act_enable & self.act_ready) | (idle & ~target.act)),
            self.run.valid.eq(idle & target.run),
            self.run.payload.eq(self.data),
            self.weights.write_column.eq(self.address[:column_bits]),
            self.weights.write_addr.eq(self.address[column_bits:]),
            self.weights.write_data.eq(self.data),
            self.weights.write_enable.eq(idle & target.weight),
            self.pending.eq(pending),
        ]
        for name in ("image", "label", "image_row"):
            m.d.comb += getattr(self, f"{name}_enable").eq(at_once & target[name])
        for name in ("program", "basis", "modulation", "state", "step"):
            m.d.comb += getattr(self, f"{name}_enable").eq(idle & target[name])
        with m.If(at_once & target.image_shape):
            m.d.sync += self.image_shape.eq(self.data)
        if self._config.momentum:
            m.d.comb += self.weights.write_velocity.eq(idle & target.velocity)
            with m.If(idle & target.momentum_shift):
                m.d.sync += self.momentum_shift.eq(self.data)

    def _reads(self, m):
        config, element = self._config, self.read_i.payload
        column_bits = ceil_log2(config.cols)
        space = Signal.like(element.space)
        addr = self.read_address
        settle = config.cols + _READ_CYCLES + 1
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
        in_columns, written = space == Space.WEIGHT, self.weights.write_enable
        if config.momentum:
            velocity = Signal(signed(VELOCITY_BITS))
            m.d.sync += velocity.eq(self.weights.read_velocity)
            in_columns |= space == Space.VELOCITY
            written |= self.weights.write_velocity

        allowed = ((element.space == Space.CONTROL) | ~self.running) & ~self.pending
        answer = Signal(DATA_BITS)
        clock = Signal(32)
        m.d.sync += clock.eq(clock + 1)
        register = self._register(m, addr, clock)
        with m.Switch(space):
            with m.Case(Space.CONTROL):
                m.d.comb += answer.eq(register)
            with m.Case(Space.WEIGHT):
                m.d.comb += answer.eq(weight.as_unsigned())
            if config.momentum:
                with m.Case(Space.VELOCITY):
                    m.d.comb += answer.eq(velocity.as_unsigned())
            with m.Case(Space.STATE):
                m.d.comb += answer.eq(self.shift)
            with m.Case(Space.MODULATION):
                m.d.comb += answer.eq(self.modulation)
            with m.Case(Space.TRACE):
                m.d.comb += answer.eq(self.trace)
            with m.Case(Space.RESULT):
                m.d.comb += answer.eq(self.result)

        with m.If(self.running | written):
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
                settled = ~in_columns | (idle_for == settle)
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
        sources = {
            Register.MAGIC: MAGIC,
            Register.DIGEST_LOW: digest & 0xFFFFFFFF,
            Register.DIGEST_HIGH: digest >> 32,
            Register.STEP: self.step,
            Register.CLOCK: clock,
            **{r: self.counters.word_select(k, 32) for k, r in enumerate(COUNTERS)},
        }
        chosen = Signal(len(sources))
        words = []
        for bit, (register, source) in zip(chosen, sources.items(), strict=True):
            m.d.sync += bit.eq(addr == register)
            words.append(Mux(bit, source, 0))
        m.d.sync += value.eq(reduce(or_, words))
        return value
