"""Clocks of USB on a Lattice ECP5: oscillator, a PLL of its own, gates."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from lls_hw.contract.usb import BIT_RATE
from lls_hw.gateware.clock.ecp5_pll_cell import pll_cell
from lls_hw.gateware.clock.usb_pll import SAMPLES, UsbDividers

__all__ = ["Ecp5UsbClock"]


class Ecp5UsbClock(wiring.Component):
    """Two clocks whose edges meet; they start when the PLL is locked, as with `Ecp5Clock`.

    The engine's clock has another PLL, so it may have any frequency.

    Parameters
    ----------
    source : frequency of the oscillator in MHz.
    dividers : what `usb_dividers` found.

    Members
    -------
    clock : oscillator. usb : the clock of bits. usb_io : the clock that samples the wires.
    """

    clock: In(1)
    usb: Out(1)
    usb_io: Out(1)

    def __init__(self, source: float, dividers: UsbDividers) -> None:
        self._source, self._dividers = source, dividers
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.free = ClockDomain(reset_less=True, local=True)
        first, fast, slow, locked, running = Signal(), Signal(), Signal(), Signal(), Signal()
        m.d.comb += ClockSignal("free").eq(slow)
        m.submodules.locked = FFSynchronizer(locked, running, o_domain="free")
        dividers = self._dividers
        # Equal phases, in periods of the oscillator: the edges of all outputs meet.
        phase = dividers.first.output // 2
        m.submodules.pll = pll_cell(
            self._source, dividers.first, self.clock, first, locked,
            p_CLKOS_ENABLE="ENABLED", p_CLKOS2_ENABLE="ENABLED",
            p_OUTDIVIDER_MUXB="DIVB", p_OUTDIVIDER_MUXC="DIVC",
            p_CLKOS_DIV=dividers.fast, p_CLKOS2_DIV=dividers.slow,
            p_CLKOS_CPHASE=phase, p_CLKOS2_CPHASE=phase,
            p_CLKOS_FPHASE=0, p_CLKOS2_FPHASE=0,
            i_ENCLKOS=Const(0), i_ENCLKOS2=Const(0),
            o_CLKOS=fast, o_CLKOS2=slow,
            a_FREQUENCY_PIN_CLKOS=f"{SAMPLES * BIT_RATE / 1e6:g}",
            a_FREQUENCY_PIN_CLKOS2=f"{BIT_RATE / 1e6:g}",
        )  # fmt: skip
        m.submodules.gate = Instance("DCCA", i_CLKI=slow, i_CE=running, o_CLKO=self.usb)
        m.submodules.gate_io = Instance("DCCA", i_CLKI=fast, i_CE=running, o_CLKO=self.usb_io)
        return m
