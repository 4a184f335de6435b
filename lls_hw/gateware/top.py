"""Top module of a board with a serial port."""

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from lls_hw.gateware.link.uart import UartReceiver, UartTransmitter

__all__ = ["SerialTop"]


class SerialTop(wiring.Component):
    """Clock, UART, and a system behind it. Nothing has a reset: see `Ecp5Clock`.

    Parameters
    ----------
    system : a component with the ports of `System`.
    clock : a component that makes the clock `o` from the oscillator, its input `clock`; an output
        `fast`, if it has one, becomes the clock of the domain of that name.
    frequency : of that clock, in Hz.
    baud : of the serial line.
    leds : which of `busy` and `alive` the board has, and whether low means on.

    Members
    -------
    clock : oscillator. rx, tx : serial line. busy : a program runs. alive : changes about every
    half second.
    """

    def __init__(self, system, clock, frequency: float, baud: int, leds: dict[str, bool]) -> None:
        self._system, self._clock = system, clock
        self._frequency, self._baud = frequency, baud
        self._leds = leds
        ports = {"clock": In(1), "rx": In(1, init=1), "tx": Out(1)}
        super().__init__(ports | {name: Out(1) for name in leds})

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.clock = clock = self._clock
        if hasattr(clock, "fast"):
            m.domains.fast = ClockDomain(reset_less=True)
            m.d.comb += ClockSignal("fast").eq(clock.fast)
        m.submodules.receiver = receiver = UartReceiver(self._baud, self._frequency)
        m.submodules.transmitter = transmitter = UartTransmitter(self._baud, self._frequency)
        m.submodules.system = system = self._system
        count = Signal(range(int(self._frequency)))
        m.d.sync += count.eq(count + 1)
        connect(m, system.tx, transmitter.i)
        m.d.comb += [
            clock.clock.eq(self.clock),
            ClockSignal().eq(clock.o),
            receiver.rx.eq(self.rx),
            system.rx.valid.eq(receiver.o.valid),
            system.rx.payload.eq(receiver.o.payload),
            self.tx.eq(transmitter.tx),
        ]
        state = {"busy": system.busy, "alive": count[-1]}
        for name, inverted in self._leds.items():
            m.d.comb += getattr(self, name).eq(~state[name] if inverted else state[name])
        return m
