"""Command register: the command in hand, from its first byte to its last element."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.bus import SPACE_BITS
from lls_hw.contract.frames import COMMAND_BYTES
from lls_hw.contract.registers import Space
from lls_hw.gateware.link.elements import SIZE
from lls_hw.gateware.link.ports import COMMAND_LAYOUT

__all__ = ["CommandRegister"]


class CommandRegister(wiring.Component):
    """Takes a command's bytes, then moves on from element to element.

    One byte a cycle, an element a cycle.

    Members
    -------
    i : bytes of the command; always taken.
    complete : `i` is its last byte.
    command : the command in the cycle after `complete`; then the address of the next element and
        the number of elements to go.
    size : bytes of its elements.
    start : elements follow, at least one.
    step : one element is through.
    some, single : elements are to go; only one.
    clear : forget the bytes that have been taken.
    """

    i: In(stream.Signature(8, always_ready=True))
    complete: Out(1)
    command: Out(COMMAND_LAYOUT)
    size: Out(SIZE)
    start: In(1)
    step: In(1)
    some: Out(1)
    single: Out(1)
    clear: In(1)

    def elaborate(self, platform):
        m = Module()
        command, index = self.command, Signal(range(COMMAND_BYTES))
        sizes = [1] * (1 << SPACE_BITS)
        for space in Space:
            sizes[space] = space.element_bytes
        m.d.comb += self.size.eq(Array(sizes)[command.space])
        m.d.comb += self.complete.eq(self.i.valid & (index == COMMAND_BYTES - 1))
        with m.If(self.i.valid):
            m.d.sync += command.eq(Cat(command.as_value()[8:], self.i.payload))
            m.d.sync += index.eq(index + 1)
        with m.If(self.complete | self.clear):
            m.d.sync += index.eq(0)
        # Registers, because everything waits for them.
        with m.If(self.start):
            m.d.sync += [self.some.eq(1), self.single.eq(command.count == 1)]
        with m.If(self.step):
            m.d.sync += command.address.eq(command.address + 1)
            m.d.sync += command.count.eq(command.count - 1)
            m.d.sync += [self.some.eq(~self.single), self.single.eq(command.count == 2)]
        return m
