"""Top module of a board with a serial port."""

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from lls_hw.gateware.link.uart import UartReceiver, UartTransmitter
from lls_hw.link import BAUD

__all__ = ["SerialTop"]


class SerialTop(wiring.Component):
    """Clock, UART, and a system behind it. Nothing has a reset: see `Ecp5Clock`.

    Parameters
    ----------
    system : a component with the ports of `System`.
    clock : a component that makes the clock `o` from the oscillator, its input `clock`.
    frequency : of that clock, in Hz.

    Members
    -------
    clock : oscillator. rx, tx : serial line at BAUD. busy : a program runs. alive : changes about
    every half second.
    """

    clock: In(1)
    rx: In(1, init=1)
    tx: Out(1)
    busy: Out(1)
    alive: Out(1)

    def __init__(self, system, clock, frequency: float) -> None:
        self._system, self._clock = system, clock
        self._frequency = frequency
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain(reset_less=True)
        m.submodules.clock = clock = self._clock
        m.submodules.receiver = receiver = UartReceiver(BAUD, self._frequency)
        m.submodules.transmitter = transmitter = UartTransmitter(BAUD, self._frequency)
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
            self.busy.eq(system.busy),
            self.alive.eq(count[-1]),
        ]
        return m
