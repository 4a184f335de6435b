"""The PLL of a Lattice ECP5 as a cell of the netlist."""

from amaranth.hdl import Const, Instance

from lls_hw.gateware.clock.ecp5_pll import PllDividers

__all__ = ["pll_cell"]


def pll_cell(source: float, dividers: PllDividers, clock, first, locked, **outputs) -> Instance:
    """EHXPLLL, always on, its feedback from its first output.

    Parameters
    ----------
    source : frequency of the oscillator in MHz.
    dividers : of the first output.
    clock, first, locked : signals of the oscillator, the first output, and the lock.
    outputs : ports, parameters and attributes of further outputs, see `Instance`.
    """
    return Instance(
        "EHXPLLL",
        a_FREQUENCY_PIN_CLKI=f"{source:g}",
        a_FREQUENCY_PIN_CLKOP=f"{dividers.frequency(source):g}",
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
        i_CLKI=clock,
        i_CLKFB=first,
        i_RST=Const(0),
        i_STDBY=Const(0),
        i_PHASESEL0=Const(0),
        i_PHASESEL1=Const(0),
        i_PHASEDIR=Const(1),
        i_PHASESTEP=Const(1),
        i_PHASELOADREG=Const(1),
        i_PLLWAKESYNC=Const(0),
        i_ENCLKOP=Const(0),
        o_CLKOP=first,
        o_LOCK=locked,
        **outputs,
    )
