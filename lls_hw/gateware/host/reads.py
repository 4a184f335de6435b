"""Reader of the elements that the host asks for."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.registers import Space
from lls_hw.gateware.bus import DATA_BITS, ReadLayout
from lls_hw.gateware.host.places import (
    CHOICE_CYCLES,
    COLUMNS,
    READ,
    SLOW,
    port_name,
    read_signature,
)
from lls_hw.gateware.ports import ElementRead

__all__ = ["ElementReader"]

_HOLD = 1
"""Cycles until the address is held."""
_ANSWER = 1
"""Cycles of the register that holds the answer."""
_LOOKUP = ElementRead.LATENCY + CHOICE_CYCLES


class ElementReader(wiring.Component):
    """Looks up one element at a time.

    The answer follows the question by `LATENCY` cycles; the next question is taken in the cycle
    after the answer has left. A question waits for all writes, and, unless it is about a
    register, until the engine is idle. The answer of a column also waits until it has
    `settled`, that of one of the spaces `places.SLOW` until that has. Spaces that cannot be
    read answer zero.

    Members
    -------
    read_i, read_o : addresses and elements.
    running : a program runs. writing : an element waits to be written.
    next_enable, next_addr : from the next cycle on, this address is read.
    <space>_read : each space that can be read; all have the same address.
    settled : the columns' data belongs to their address.
    """

    LATENCY = _HOLD + _LOOKUP + _ANSWER

    def __init__(self) -> None:
        super().__init__(
            {
                "read_i": In(stream.Signature(ReadLayout)),
                "read_o": Out(stream.Signature(DATA_BITS)),
                "running": In(1),
                "writing": In(1),
                "next_enable": Out(1),
                "next_addr": Out(ADDRESS_BITS),
                "settled": In(1),
                **{f"{port_name(space)}_read": Out(read_signature(space)) for space in READ},
            }
        )

    def elaborate(self, platform):
        m = Module()
        asked = self.read_i.payload
        space, addr = Signal.like(asked.space), Signal.like(asked.addr)
        count = Signal(range(_LOOKUP + 1))
        answer, settled, done = Signal(DATA_BITS), Signal(), Signal()
        m.d.comb += [
            self.next_enable.eq(self.read_i.valid & self.read_i.ready),
            self.next_addr.eq(asked.addr),
            settled.eq(1),
            done.eq((count == _LOOKUP) & settled),
        ]
        with m.Switch(space):
            for readable in READ:
                source = getattr(self, f"{port_name(readable)}_read")
                m.d.comb += source.addr.eq(addr)
                if readable in SLOW:
                    m.d.comb += source.ask.eq(self.next_enable & (asked.space == readable))
                with m.Case(readable):
                    m.d.comb += answer.eq(source.data)
                    if readable in COLUMNS:
                        m.d.comb += settled.eq(self.settled)
                    if readable in SLOW:
                        m.d.comb += settled.eq(source.settled)

        with m.FSM():
            with m.State("IDLE"):
                allowed = (asked.space == Space.CONTROL) | ~self.running
                m.d.comb += self.read_i.ready.eq(allowed & ~self.writing)
                m.d.sync += count.eq(0)
                with m.If(self.next_enable):
                    m.d.sync += [space.eq(asked.space), addr.eq(asked.addr)]
                    m.next = "LOOKUP"
            with m.State("LOOKUP"):
                m.d.sync += self.read_o.payload.eq(answer)
                with m.If(count != _LOOKUP):
                    m.d.sync += count.eq(count + 1)
                with m.If(done):
                    m.d.sync += self.read_o.valid.eq(1)
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                with m.If(self.read_o.ready):
                    m.d.sync += self.read_o.valid.eq(0)
                    m.next = "IDLE"
        return m
