"""PLL dividers."""

import pytest

from lls_hw.bitstream.pll import FrequencyError, pll_dividers


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
