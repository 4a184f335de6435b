"""Clock of a Lattice iCE40: oscillator, PLL, divider that is also the gate."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.clock.ice40_pll import Ice40Dividers

__all__ = ["Ice40Clock"]


class Ice40Clock(wiring.Component):
    """A clock half as fast as the PLL's: its divider starts when the PLL is locked.

    Until then everything keeps the state that the bitstream gave it, as with `Ecp5Clock`.

    Parameters
    ----------
    source : frequency of the oscillator in MHz, which must enter at a pin of the PLL.
    dividers : what `ice40_dividers` found.

    Members
    -------
    clock : oscillator. o : the clock. fast : twice as fast; each edge of `o` follows an edge of it.
    """

    clock: In(1)
    o: Out(1)
    fast: Out(1)

    def __init__(self, source: float, dividers: Ice40Dividers) -> None:
        self._source, self._dividers = source, dividers
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.free = ClockDomain(reset_less=True, local=True)
        locked, running, half = Signal(), Signal(), Signal()
        m.submodules.locked = FFSynchronizer(locked, running, o_domain="free")
        m.d.free += half.eq(~half & running)
        dividers = self._dividers
        m.submodules.pll = Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_PLLOUT_SELECT="GENCLK",
            p_DIVR=Const(dividers.divr, 4),
            p_DIVF=Const(dividers.divf, 7),
            p_DIVQ=Const(dividers.divq, 3),
            p_FILTER_RANGE=Const(dividers.filter_range(self._source), 3),
            i_PACKAGEPIN=self.clock,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=ClockSignal("free"),
            o_LOCK=locked,
        )
        m.d.comb += self.fast.eq(ClockSignal("free"))
        m.submodules.buffer = Instance(
            "SB_GB", i_USER_SIGNAL_TO_GLOBAL_BUFFER=half, o_GLOBAL_BUFFER_OUTPUT=self.o
        )
        return m
