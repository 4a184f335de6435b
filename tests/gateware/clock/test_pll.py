"""PLL dividers of the three families."""

import pytest

from lls_hw.gateware.clock.ecp5_pll import pll_dividers
from lls_hw.gateware.clock.frequency import FrequencyError
from lls_hw.gateware.clock.ice40_pll import ice40_dividers
from lls_hw.gateware.clock.xilinx_pll import xilinx_dividers


@pytest.mark.parametrize("wanted", [12.5, 25, 40, 50, 60, 62.5, 65, 70, 75, 80, 90, 100, 125])
def test_clock_is_exact_and_the_oscillator_in_its_range(wanted):
    dividers = pll_dividers(25, wanted)
    assert dividers.frequency(25) == pytest.approx(wanted, rel=1e-4)
    assert 400 <= 25 / dividers.reference * dividers.feedback * dividers.output <= 800
    assert 25 / dividers.reference >= 3.125


@pytest.mark.parametrize("wanted, near", [(66, "65.625 or 66.6667"), (1, "3.125"), (900, "400")])
def test_other_clocks_name_the_nearest(wanted, near):
    with pytest.raises(FrequencyError, match=f"{wanted} MHz cannot .* nearest is {near} MHz"):
        pll_dividers(25, wanted)


@pytest.mark.parametrize("wanted", [8.25, 12, 15, 18, 24])
def test_ice40_clock_is_half_of_what_the_pll_makes(wanted):
    dividers = ice40_dividers(12, wanted)
    oscillator = 12 / (dividers.divr + 1) * (dividers.divf + 1)
    assert 533 <= oscillator <= 1066
    assert 16 <= oscillator / 2**dividers.divq <= 275
    assert dividers.frequency(12) == oscillator / 2**dividers.divq / 2 == wanted
    assert dividers.filter_range(12) == 1
    assert [dividers.filter_range(f * (dividers.divr + 1)) for f in (17, 50, 120)] == [2, 4, 6]


@pytest.mark.parametrize("wanted", [50, 80, 100, 112.5, 120, 133.3333333])
def test_xilinx_clock_is_exact_and_the_oscillator_in_its_range(wanted):
    dividers = xilinx_dividers(100, wanted)
    oscillator = 100 / dividers.reference * dividers.feedback
    assert 800 <= oscillator <= 1600 and 100 / dividers.reference >= 19
    assert oscillator / dividers.output == pytest.approx(wanted)


@pytest.mark.parametrize(
    "dividers, source, wanted, near",
    [
        (ice40_dividers, 12, 7, "8.0625"),
        (ice40_dividers, 12, 12.1, "12 or 12.1875"),
        (xilinx_dividers, 100, 5, "6.25"),
    ],
)
def test_impossible_clocks_of_other_families_name_the_nearest(dividers, source, wanted, near):
    with pytest.raises(FrequencyError, match=f"{wanted} MHz cannot .* nearest is {near} MHz"):
        dividers(source, wanted)
