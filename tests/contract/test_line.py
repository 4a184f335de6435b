"""The serial line's facts: rates, what a clock can make, time on a board."""

from fractions import Fraction

import pytest

from lls_hw.contract.line import (
    LARGEST_ERROR,
    PHASE_BITS,
    SHORTEST_BIT,
    Line,
    LineError,
    divider,
    rate_of,
    rate_text,
)


@pytest.mark.parametrize(
    ("text", "baud"),
    [("3M", 3_000_000), ("921.6k", 921_600), ("1000000", 1_000_000), ("0.5M", 500_000)],
)
def test_rates(text, baud):
    assert rate_of(text) == baud


@pytest.mark.parametrize("text", ["", "0", "M", "-3M", "3m", "3 M", "1.5", "0.0001k", "3MM", "x"])
def test_no_rates(text):
    with pytest.raises(LineError, match="is no rate; write 3M"):
        rate_of(text)


def test_rates_are_said():
    assert (rate_text(8_000_000), rate_text(115_200)) == ("8 Mbaud", "115.2 kbaud")


@pytest.mark.parametrize(
    ("baud", "megahertz"), [(3_000_000, 60), (8_000_000, 80), (8_000_000, 64), (115_200, 80)]
)
def test_the_divider_makes_the_rate(baud, megahertz):
    made = 1e6 * megahertz * divider(baud, 1e6 * megahertz) / (1 << PHASE_BITS)
    assert made == pytest.approx(baud, rel=LARGEST_ERROR)


@pytest.mark.parametrize(
    ("baud", "megahertz", "sentence"),
    [
        (0, 60, "0 baud is no rate; choose 1..7500000 baud"),
        (-1, 60, "-1 baud is no rate"),
        (8_000_000, 60, "8 Mbaud is not possible at 60 MHz, where a bit would last 7.5 cycles "
         "instead of at least 8; choose 7500000 baud or less, or a clock of 64 MHz or more"),
        (9_600, 80, "9.6 kbaud is not possible at 80 MHz, which divides to 9766 baud; choose 8545 "
         "or 9766 baud"),
    ],
)  # fmt: skip
def test_impossible_rates_name_the_nearest(baud, megahertz, sentence):
    with pytest.raises(LineError, match=sentence):
        divider(baud, 1e6 * megahertz)


def test_the_shortest_bit_is_possible():
    assert divider(1, SHORTEST_BIT) == (1 << PHASE_BITS) // SHORTEST_BIT


def test_time_on_a_board():
    line = Line(3_000_000)
    assert line.byte_cycles == Fraction(800, 3)
    assert line.seconds(80_000_000) == 1.0
    assert str(Line(1_000_000, 60)) == "1 Mbaud, engine at 60 MHz"
