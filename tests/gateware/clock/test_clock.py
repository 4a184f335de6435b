"""The PLL in the netlist makes the clock that was asked for, by its vendor's formula.

The formulas are written here once more, from FPGA-TN-02200 (ECP5), FPGA-TN-02052 (iCE40) and
UG472 (7-series); the dividers' own classes are not asked.
"""

import re

import pytest

from lls_hw.bitstream.families import flow_of
from lls_hw.bitstream.pins import oscillator
from lls_hw.boards import BOARDS
from lls_hw.gateware.clock.ecp5_clock import Ecp5Clock
from lls_hw.gateware.clock.ecp5_pll import pll_dividers, pll_phase
from lls_hw.gateware.clock.frequency import FrequencyError
from lls_hw.gateware.clock.ice40_clock import Ice40Clock
from lls_hw.gateware.clock.ice40_pll import ice40_dividers
from lls_hw.gateware.clock.xilinx_clock import XilinxClock
from lls_hw.gateware.clock.xilinx_pll import xilinx_dividers
from lls_hw.gateware.verilog import elaborate


class Primitive:
    """A cell of a netlist: its parameters, and the wires at its ports."""

    def __init__(self, netlist: str, kind: str) -> None:
        pattern = rf"^  cell {re.escape(kind)} .*?^  end$"
        (body,) = re.findall(pattern, netlist, re.MULTILINE | re.DOTALL)
        self.ports = dict(re.findall(r"^    connect \\(\w+) (\S+)", body, re.MULTILINE))
        self._parameters = dict(
            re.findall(r"^    parameter (?:signed |real )?\\(\w+) (.+)$", body, re.MULTILINE)
        )

    def __getitem__(self, name: str):
        """A parameter: text, or a number."""
        value = self._parameters[name].strip('"')
        if bits := re.fullmatch(r"\d+'([01]+)", value):
            return int(bits[1], 2)
        return float(value) if re.fullmatch(r"-?[\d.]+", value) else value


def attribute(netlist: str, name: str) -> float:
    """A number among the attributes of the netlist's cells."""
    (value,) = re.findall(rf'attribute \\{name} "([\d.]+)"', netlist)
    return float(value)


def ecp5(source: float, netlist: str) -> float:
    """Clock of the netlist in MHz; its PLL's feedback comes from CLKOP."""
    pll = Primitive(netlist, r"\EHXPLLL")
    assert pll["FEEDBK_PATH"] == "CLKOP" and pll.ports["CLKFB"] == pll.ports["CLKOP"]
    assert pll["CLKOP_ENABLE"] == "ENABLED" and pll["OUTDIVIDER_MUXA"] == "DIVA"
    detector = source / pll["CLKI_DIV"]
    clock = detector * pll["CLKFB_DIV"]
    assert 3.125 <= detector <= 400
    assert 400 <= clock * pll["CLKOP_DIV"] <= 800, "the oscillator is out of its range"
    assert attribute(netlist, "FREQUENCY_PIN_CLKI") == source
    assert attribute(netlist, "FREQUENCY_PIN_CLKOP") == pytest.approx(clock, rel=1e-5)
    assert Primitive(netlist, r"\DCCA").ports["CLKI"] == pll.ports["CLKOP"]
    return clock


def ice40(source: float, netlist: str) -> float:
    """Clock of the netlist in MHz: a flip-flop halves the PLL's output."""
    pll = Primitive(netlist, r"\SB_PLL40_PAD")
    assert pll["FEEDBACK_PATH"] == "SIMPLE" and pll["PLLOUT_SELECT"] == "GENCLK"
    detector = source / (pll["DIVR"] + 1)
    fast = detector * (pll["DIVF"] + 1)
    assert 10 <= detector <= 133
    assert 533 <= fast <= 1066, "the oscillator is out of its range"
    assert 1 <= pll["DIVQ"] <= 6
    below = {17: 1, 26: 2, 44: 3, 66: 4, 101: 5, 134: 6}
    assert pll["FILTER_RANGE"] == next(r for limit, r in below.items() if detector < limit)
    half = Primitive(netlist, r"\SB_GB").ports["USER_SIGNAL_TO_GLOBAL_BUFFER"]
    flop, gate, inverter = (
        Primitive(netlist.partition("\nend\n")[0], kind).ports for kind in ("$dff", "$and", "$not")
    )
    assert (flop["CLK"], flop["Q"], flop["D"]) == (pll.ports["PLLOUTGLOBAL"], half, gate["Y"])
    assert inverter["A"] == half and inverter["Y"] in (gate["A"], gate["B"])
    return fast / 2 ** pll["DIVQ"] / 2


def xilinx(source: float, netlist: str) -> float:
    """Clock of the netlist in MHz."""
    pll = Primitive(netlist, r"\PLLE2_ADV")
    assert pll.ports["CLKFBIN"] == pll.ports["CLKFBOUT"]
    assert pll["CLKIN1_PERIOD"] == pytest.approx(1e3 / source)
    detector = source / pll["DIVCLK_DIVIDE"]
    fast = detector * pll["CLKFBOUT_MULT"]
    assert 19 <= detector <= 450
    assert 800 <= fast <= 1600, "the oscillator is out of its range"
    assert Primitive(netlist, r"\BUFGCE").ports["I"] == pll.ports["CLKOUT0"]
    return fast / pll["CLKOUT0_DIVIDE"]


PHASES = [(25, 80, 270), (25, 60, 90), (25, 100, 0), (25, 62.5, 359.9), (48, 60, 137)]


@pytest.mark.parametrize("source, wanted, degrees", PHASES)
def test_second_output_has_its_phase(source, wanted, degrees):
    """By FPGA-TN-02200: coarse steps of a period of the oscillator, fine ones of an eighth."""
    dividers = pll_dividers(source, wanted)
    phase = pll_phase(dividers, degrees)
    netlist = elaborate(Ecp5Clock(source, dividers, phase), "clock")
    pll = Primitive(netlist, r"\EHXPLLL")
    assert pll["CLKOS_ENABLE"] == "ENABLED" and pll["OUTDIVIDER_MUXB"] == "DIVB"
    assert pll["CLKOS_DIV"] == pll["CLKOP_DIV"]
    assert 0 <= pll["CLKOS_FPHASE"] < 8 and pll["CLKOS_CPHASE"] < 128
    coarse = pll["CLKOS_CPHASE"] - pll["CLKOP_CPHASE"]
    delay = (coarse + (pll["CLKOS_FPHASE"] - pll["CLKOP_FPHASE"]) / 8) / pll["CLKOS_DIV"] * 360
    error = (delay - degrees + 180) % 360 - 180
    assert abs(error) <= 45 / pll["CLKOP_DIV"] / 2 + 1e-9
    assert delay == pytest.approx(phase.degrees)
    assert pll.ports["CLKOS"] != pll.ports["CLKOP"]
    assert ecp5(source, re.sub(r".*FREQUENCY_PIN_CLKOS.*", "", netlist)) == pytest.approx(wanted)


def test_without_a_phase_there_is_no_second_output():
    netlist = elaborate(Ecp5Clock(25, pll_dividers(25, 80)), "clock")
    assert "CLKOS" not in netlist and "delayed" not in netlist


@pytest.mark.parametrize("degrees", [-1, 360])
def test_phase_out_of_range(degrees):
    with pytest.raises(FrequencyError, match=f"The phase is {degrees} degrees; it must be"):
        pll_phase(pll_dividers(25, 80), degrees)


FAMILIES = {
    Ecp5Clock: (pll_dividers, ecp5),
    Ice40Clock: (ice40_dividers, ice40),
    XilinxClock: (xilinx_dividers, xilinx),
}
CLOCKS = [
    *[(Ecp5Clock, 25, wanted) for wanted in (12.5, 60, 62.5, 75, 80, 100)],
    *[(Ecp5Clock, 48, 60), (Ecp5Clock, 100, 48)],
    *[(Ice40Clock, 12, wanted) for wanted in (8.25, 12, 18, 24)],
    *[(Ice40Clock, 48, 12), (Ice40Clock, 100, 20.3125)],
    *[(XilinxClock, 100, wanted) for wanted in (50, 80, 112.5, 120)],
    *[(XilinxClock, 66, 75), (XilinxClock, 200, 90)],
]


@pytest.mark.parametrize("clock, source, wanted", CLOCKS)
def test_netlist_makes_the_clock(clock, source, wanted):
    dividers, made = FAMILIES[clock]
    netlist = elaborate(clock(source, dividers(source, wanted)), "clock")
    assert made(source, netlist) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(
    "board, name", [(board, name) for board in BOARDS.values() for name in board.variants]
)
def test_netlist_of_every_board_makes_its_clock(board, name):
    """With the flow that its device brings."""
    variant = board.variant(name)
    platform = board.platform(variant)
    flow, source = flow_of(platform), oscillator(board, platform)
    clock = flow.clock(source, flow.dividers(source, variant.frequency))
    netlist = elaborate(clock, "clock")
    _, made = FAMILIES[type(clock)]
    assert made(source, netlist) == pytest.approx(variant.frequency, rel=1e-4)
