"""Clock of a Lattice ECP5: oscillator, PLL, gate."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from lls_hw.gateware.clock.ecp5_pll import PllDividers, PllPhase
from lls_hw.gateware.clock.ecp5_pll_cell import pll_cell

__all__ = ["Ecp5Clock"]


class Ecp5Clock(wiring.Component):
    """A clock of another frequency than the oscillator's, through a PLL.

    It starts when the PLL is locked; until then everything keeps the state that the bitstream
    gave it, so the domain needs no reset.

    Parameters
    ----------
    source : frequency of the oscillator in MHz.
    dividers : what `pll_dividers` found.
    phase : of a second output, what `pll_phase` found; without, there is none.

    Members
    -------
    clock : oscillator. o : the clock.
    delayed : the same clock by `phase` later, for the pin of a memory, if there is a phase. It runs
        as soon as the PLL does, before `o`.
    """

    def __init__(self, source: float, dividers: PllDividers, phase: PllPhase | None = None) -> None:
        self._source, self._dividers, self._phase = source, dividers, phase
        delayed = {} if phase is None else {"delayed": Out(1)}
        super().__init__({"clock": In(1), "o": Out(1), **delayed})

    def elaborate(self, platform):
        m = Module()
        m.domains.free = ClockDomain(reset_less=True, local=True)
        fast, locked, running = Signal(), Signal(), Signal()
        m.d.comb += ClockSignal("free").eq(fast)
        m.submodules.locked = FFSynchronizer(locked, running, o_domain="free")
        dividers, phase = self._dividers, self._phase
        second = {}
        if phase is not None:
            second = {
                "p_CLKOS_ENABLE": "ENABLED",
                "p_OUTDIVIDER_MUXB": "DIVB",
                "p_CLKOS_DIV": dividers.output,
                "p_CLKOS_CPHASE": dividers.output // 2 + phase.coarse,
                "p_CLKOS_FPHASE": phase.fine,
                "i_ENCLKOS": Const(0),
                "o_CLKOS": self.delayed,
                "a_FREQUENCY_PIN_CLKOS": f"{dividers.frequency(self._source):g}",
            }
        m.submodules.pll = pll_cell(self._source, dividers, self.clock, fast, locked, **second)
        m.submodules.gate = Instance("DCCA", i_CLKI=fast, i_CE=running, o_CLKO=self.o)
        return m
