"""Clock and top module of ECP5 boards with a serial port."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, ResetSignal, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out, connect

from lls_hw.bitstream.pll import PllDividers
from lls_hw.gateware.link.uart import UartReceiver, UartTransmitter
from lls_hw.link import BAUD

__all__ = ["Ecp5Clock", "SerialTop"]


class Ecp5Clock(wiring.Component):
    """The clock of domain ``sync`` from the oscillator, through a PLL.

    The clock starts when the PLL is locked; until then everything keeps the state that the
    bitstream gave it. So the domain needs no reset.

    Parameters
    ----------
    source : frequency of the oscillator in MHz.
    dividers : what `pll_dividers` found.
    """

    clock: In(1)

    def __init__(self, source: float, dividers: PllDividers) -> None:
        self._source, self._dividers = source, dividers
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain("sync", reset_less=True, local=False)
        m.domains.free = ClockDomain("free", reset_less=True, local=True)
        fast, locked, running = Signal(), Signal(), Signal()
        m.d.comb += ClockSignal("free").eq(fast)
        m.submodules.locked = FFSynchronizer(locked, running, o_domain="free")
        dividers = self._dividers
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=f"{self._source:g}",
            a_FREQUENCY_PIN_CLKOP=f"{dividers.frequency(self._source):g}",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=dividers.output,
            p_CLKOP_CPHASE=dividers.output // 2,
            p_CLKOP_FPHASE=0,
            p_CLKI_DIV=dividers.reference,
            p_CLKFB_DIV=dividers.feedback,
            p_FEEDBK_PATH="CLKOP",
            i_CLKI=self.clock,
            i_CLKFB=fast,
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            o_CLKOP=fast,
            o_LOCK=locked,
        )
        m.submodules.gate = Instance(
            "DCCA", i_CLKI=fast, i_CE=running, o_CLKO=ClockSignal("sync")
        )
        return m


class SerialTop(wiring.Component):
    """Top module: clock, UART, and a system behind it.

    Parameters
    ----------
    system : a component with the ports of `System`.
    source : frequency of the oscillator in MHz.
    dividers : of the PLL.

    Members
    -------
    clock : oscillator. rx, tx : serial line, BAUD. busy : a program runs. alive : changes about
    every half second.
    """

    clock: In(1)
    rx: In(1, init=1)
    tx: Out(1)
    busy: Out(1)
    alive: Out(1)

    def __init__(self, system: wiring.Component, source: float, dividers: PllDividers) -> None:
        self._system = system
        self._source, self._dividers = source, dividers
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        frequency = 1e6 * self._dividers.frequency(self._source)
        m.submodules.clock = clock = Ecp5Clock(self._source, self._dividers)
        m.submodules.receiver = receiver = UartReceiver(BAUD, frequency)
        m.submodules.transmitter = transmitter = UartTransmitter(BAUD, frequency)
        m.submodules.system = system = self._system
        count = Signal(range(int(frequency)))
        m.d.sync += count.eq(count + 1)
        connect(m, system.tx, transmitter.i)
        m.d.comb += [
            clock.clock.eq(self.clock),
            receiver.rx.eq(self.rx),
            system.rx.valid.eq(receiver.o.valid),
            system.rx.payload.eq(receiver.o.payload),
            self.tx.eq(transmitter.tx),
            self.busy.eq(system.busy),
            self.alive.eq(count[-1]),
        ]
        return m
