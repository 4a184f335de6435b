"""The PLL of USB: both clocks exact, by the formulas of FPGA-TN-02200, and their edges meet."""

import re

import pytest

from lls_hw.gateware.clock.ecp5_usb_clock import Ecp5UsbClock
from lls_hw.gateware.clock.frequency import FrequencyError
from lls_hw.gateware.clock.usb_pll import usb_dividers
from lls_hw.gateware.verilog import elaborate
from tests.gateware.clock.test_clock import Primitive


@pytest.mark.parametrize("source", [12, 16, 25, 48, 50, 100])
def test_netlist_makes_both_clocks(source):
    netlist = elaborate(Ecp5UsbClock(source, usb_dividers(source)), "clock")
    pll = Primitive(netlist, r"\EHXPLLL")
    assert pll["FEEDBK_PATH"] == "CLKOP" and pll.ports["CLKFB"] == pll.ports["CLKOP"]
    detector = source / pll["CLKI_DIV"]
    first = detector * pll["CLKFB_DIV"]
    oscillator = first * pll["CLKOP_DIV"]
    assert 3.125 <= detector <= 400 and 3.125 <= first <= 400 and 400 <= oscillator <= 800
    assert oscillator / pll["CLKOS_DIV"] == pytest.approx(48, rel=1e-12)
    assert oscillator / pll["CLKOS2_DIV"] == pytest.approx(12, rel=1e-12)
    assert max(pll[f"{name}_DIV"] for name in ("CLKOP", "CLKOS", "CLKOS2", "CLKFB")) <= 128
    phases = {(pll[f"{name}_CPHASE"], pll[f"{name}_FPHASE"]) for name in ("CLKOS", "CLKOS2")}
    assert phases == {(pll["CLKOP_CPHASE"], 0)} and pll["CLKOP_CPHASE"] < 128
    gates = dict(re.findall(r"cell \\DCCA \\(\w+)\n(?:.*\n)*?    connect \\CLKI (\S+)", netlist))
    assert gates == {"gate": pll.ports["CLKOS2"], "gate_io": pll.ports["CLKOS"]}
    asked = dict(re.findall(r'attribute \\FREQUENCY_PIN_(\w+) "([\d.]+)"', netlist))
    assert (asked["CLKOS"], asked["CLKOS2"]) == ("48", "12")


def test_a_clock_that_cannot_be_exact():
    with pytest.raises(FrequencyError, match="12 and 48 MHz, cannot be made from the board's 33.3"):
        usb_dividers(33.3)
