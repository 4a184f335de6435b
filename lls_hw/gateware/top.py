"""Top module of a board: clock, transport, system, memory pins."""

from collections.abc import Mapping

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

__all__ = ["Top"]


class Top(wiring.Component):
    """Joins a system to the pins of a board. Nothing has a reset: see `Ecp5Clock`.

    Parameters
    ----------
    system : a component with the ports of `System`.
    clock : a component that makes the clock `o` from the oscillator, its input `clock`; an output
        `fast`, if it has one, becomes the clock of the domain of that name.
    transport : a component with `pins` to the host and the byte streams `rx` from it and `tx` to
        it, as `Uart` has them; perhaps with a `clock`, the oscillator, and `io_ports` of its own.
    frequency : of the clock, in Hz.
    leds : which of `busy` and `alive` the board has, and whether low means on.
    pads : of the data pins of the system's external memory, if it has one. The clock then has an
        output `delayed`, for the chip.
    widths : how many of its other pins the board has, by the name of the memory's member. Those
        that the chip does not have stay low.

    Members
    -------
    clock : oscillator. busy : a program runs. alive : changes once or twice a second.
    sdram_<pin> : of the memory. All others are the transport's pins.
    io_ports : pads that go both ways, by name.
    """

    def __init__(
        self,
        system,
        clock,
        transport,
        frequency: float,
        leds: dict[str, bool],
        pads=None,
        widths: Mapping[str, int] | None = None,
    ) -> None:
        self._system, self._clock, self._transport = system, clock, transport
        self._frequency, self._leds, self._pads = frequency, leds, pads
        self._pins = dict(transport.pins.signature.members)
        self.io_ports = {pads.port.name: pads.port} if pads else {}
        self.io_ports |= getattr(transport, "io_ports", {})
        members = system.memory.signature.members if pads else {}
        widths = {name: bits for name, bits in (widths or {}).items() if name in members}
        self._memory = {f"sdram_{name}": name for name in widths}
        super().__init__(
            {
                "clock": In(1),
                **self._pins,
                **dict.fromkeys(leds, Out(1)),
                **({"sdram_clk": Out(1)} if pads else {}),
                **{port: Out(widths[name]) for port, name in self._memory.items()},
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.clock = clock = self._clock
        m.submodules.transport = transport = self._transport
        m.submodules.system = system = self._system
        connect(m, transport.rx, system.rx)
        connect(m, system.tx, transport.tx)
        m.d.comb += clock.clock.eq(self.clock)
        m.d.comb += ClockSignal().eq(clock.o)
        if hasattr(transport, "clock"):
            m.d.comb += transport.clock.eq(self.clock)
        if hasattr(clock, "fast"):
            m.domains.fast = ClockDomain(reset_less=True)
            m.d.comb += ClockSignal("fast").eq(clock.fast)
        for name, member in self._pins.items():
            inside, outside = getattr(transport.pins, name), getattr(self, name)
            m.d.comb += inside.eq(outside) if member.flow is In else outside.eq(inside)
        if self._pads:
            m.submodules.pads = pads = self._pads
            m.d.comb += [
                self.sdram_clk.eq(clock.delayed),
                pads.o.eq(system.memory.dq_o),
                pads.oe.eq(system.memory.dq_oe),
                system.memory.dq_i.eq(pads.i),
            ]
            for port, name in self._memory.items():
                m.d.comb += getattr(self, port).eq(getattr(system.memory, name))
        count = Signal(range(int(self._frequency)))
        m.d.sync += count.eq(count + 1)
        state = {"busy": system.busy, "alive": count[-1]}
        for name, inverted in self._leds.items():
            m.d.comb += getattr(self, name).eq(~state[name] if inverted else state[name])
        return m
