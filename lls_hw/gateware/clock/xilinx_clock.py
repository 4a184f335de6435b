"""Clock of a Xilinx 7-series device: oscillator, PLL, gate."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.clock.xilinx_pll import XilinxDividers

__all__ = ["XilinxClock"]


class XilinxClock(wiring.Component):
    """A clock of another frequency than the oscillator's, through a PLL.

    It starts when the PLL is locked, as with `Ecp5Clock`.

    Parameters
    ----------
    source : frequency of the oscillator in MHz.
    dividers : what `xilinx_dividers` found.

    Members
    -------
    clock : oscillator. o : the clock.
    """

    clock: In(1)
    o: Out(1)

    def __init__(self, source: float, dividers: XilinxDividers) -> None:
        self._source, self._dividers = source, dividers
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.free = ClockDomain(reset_less=True, local=True)
        fast, feedback, locked, running = Signal(), Signal(), Signal(), Signal()
        m.submodules.locked = FFSynchronizer(locked, running, o_domain="free")
        dividers = self._dividers
        m.submodules.pll = Instance(
            "PLLE2_ADV",
            p_CLKIN1_PERIOD=1e3 / self._source,
            p_DIVCLK_DIVIDE=dividers.reference,
            p_CLKFBOUT_MULT=dividers.feedback,
            p_CLKOUT0_DIVIDE=dividers.output,
            i_CLKIN1=self.clock,
            i_CLKIN2=Const(0),
            i_CLKINSEL=Const(1),
            i_CLKFBIN=feedback,
            i_RST=Const(0),
            i_PWRDWN=Const(0),
            o_CLKFBOUT=feedback,
            o_CLKOUT0=fast,
            o_LOCKED=locked,
        )
        m.submodules.free = Instance("BUFG", i_I=fast, o_O=ClockSignal("free"))
        m.submodules.gate = Instance("BUFGCE", i_I=fast, i_CE=running, o_O=self.o)
        return m
