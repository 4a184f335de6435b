"""SDRAM chips, their delays in cycles, and when read data are sampled."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import pytest

from lls_hw.contract.sdram import CAUTIOUS, CHIPS, SdramError, find_chip
from lls_hw.contract.sdram_capture import ECP5_PADS, phase_ranges, read_window
from lls_hw.contract.sdram_cycles import (
    SdramCycles,
    read_latency,
    refresh_cycles,
    row_change_cycles,
    words_per_cycle,
)

MT48 = find_chip("MT48LC16M16A2")
CLOCKS = (25, 33, 50, 60, 66.66666666666667, 75, 80, 90, 100)


def test_chips():
    """Sizes and refreshes from the datasheets."""
    found = {c.name: (c.size >> 20, c.width, c.rows, c.columns, c.banks) for c in CHIPS.values()}
    assert found == {
        "MT48LC16M16A2": (32, 16, 8192, 512, 4),
        "AS4C32M16SB": (64, 16, 8192, 1024, 4),
        "M12L2561616A": (32, 16, 8192, 512, 4),
        "IS42S16160G": (32, 16, 8192, 512, 4),
        "EM638325": (8, 32, 2048, 256, 4),
        "EM638325-half": (4, 32, 2048, 256, 2),
        "2xM12L16161A": (4, 32, 2048, 256, 2),
    }
    assert {c.refreshes for c in CHIPS.values() if c.width == 16} == {8192}
    assert {c.refreshes for c in CHIPS.values() if c.width == 32} == {4096}
    assert (MT48.row_bits, MT48.bank_bits, MT48.column_bits, MT48.address_bits) == (13, 2, 9, 24)


def test_delays_at_80_and_100_mhz():
    """Counted by hand from the limits in ns."""
    fast = SdramCycles(chip=MT48, frequency=100, phase=270)
    assert (fast.activate, fast.precharge, fast.row_active, fast.refresh) == (3, 3, 5, 7)
    assert (fast.write_recovery, fast.mode, fast.turnaround, fast.capture) == (2, 2, 5, 4)
    assert (fast.refresh_interval, fast.power_up_intervals) == (781, 26)
    slow = SdramCycles(chip=MT48, frequency=80, phase=290)
    assert (slow.activate, slow.precharge, slow.row_active, slow.refresh) == (2, 2, 4, 6)
    assert slow.refresh_interval == 624  # 625 would leave no time for a late one
    assert read_latency(slow) == 6
    assert row_change_cycles(slow) == 4 and row_change_cycles(slow, closed=True) == 2
    assert row_change_cycles(slow, after_write=True) == 5
    assert refresh_cycles(slow) == 10 and refresh_cycles(slow, after_write=True) == 11


@pytest.mark.parametrize("chip", CHIPS.values(), ids=CHIPS)
@pytest.mark.parametrize("frequency", CLOCKS)
def test_delays_keep_the_limits(chip, frequency):
    """In exact arithmetic, at every phase that the chip allows; none has a cycle too many."""
    t, period = chip.timing, 1000 / Fraction(frequency).limit_denominator(1000)
    for low, high in phase_ranges(chip, frequency):
        for phase in (ceil(low), floor(high)):
            c = SdramCycles(chip=chip, frequency=frequency, phase=phase)
            for cycles, limit in (
                (c.activate, max(t.t_rcd, t.t_rrd)), (c.precharge, t.t_rp), (c.refresh, t.t_rfc),
            ):  # fmt: skip
                assert (cycles - 1) * period < limit <= cycles * period
            assert c.row_active * period >= t.t_ras and c.write_recovery * period >= t.t_wr
            assert (c.row_active + c.precharge) * period >= t.t_rc
            assert c.activate + c.write_recovery >= c.row_active
            window = chip.refreshes * c.refresh_interval + c.postponement
            assert window * period <= chip.refresh_window * 10**6 < (window + 8192) * period
            assert c.power_up_intervals * c.refresh_interval * period >= t.power_up
            late = Fraction(phase) / 360 * period + 3 * period + Fraction(t.t_hz)
            assert c.turnaround * period >= late + Fraction(1, 2)
            assert words_per_cycle(c) >= words_per_cycle(c, write=True) > Fraction(19, 20)


@pytest.mark.parametrize("frequency", CLOCKS)
def test_the_window_holds_the_sampling_edge(frequency):
    """And at the ends of each range one of its margins, or one of the chip's, is used up."""
    period = 1000 / Fraction(frequency).limit_denominator(1000)
    ranges = phase_ranges(MT48, frequency)
    assert ranges
    for low, high in ranges:
        for phase, outside in ((low, low - 0.01), (high, high + 0.01)):
            window = read_window(MT48, frequency, (low + high) / 2)
            assert window.begin <= window.cycles * period <= window.end
            assert window.setup_margin >= 0 and window.hold_margin >= 0
            length = window.end - window.begin
            assert length == period + Fraction(2) - 6 + 2 - 5  # t_oh, t_ac, round trip
            inside = any(a <= outside <= b for a, b in ranges)
            assert not inside and abs(phase - outside) < 0.02
            with pytest.raises(SdramError, match="cannot serve the SDRAM MT48LC16M16A2"):
                read_window(MT48, frequency, outside)


def test_window_by_hand():
    """80 MHz, 270 degrees: the chip's edge at 9.375 ns, data from its edge 2 on."""
    window = read_window(MT48, 80, 270)
    assert float(window.begin) == 9.375 + 25 + 6 + 5
    assert float(window.end) == 9.375 + 37.5 + 2 + 2
    assert window.cycles == 4
    assert (float(window.setup_margin), float(window.hold_margin)) == (4.625, 0.875)


@pytest.mark.parametrize(
    "frequency, phase, sentence",
    [
        (80, 180, "A phase of 180 degrees cannot serve the SDRAM MT48LC16M16A2 at 80 MHz: .* valid "
         "from 42.2 to 47.8 ns, edges come every 12.5 ns, .* choose 245..316 degrees"),
        (50, 0, "choose 36..162 or 288..333 degrees"),
        (200, 180, "no phase does: choose a slower clock"),
        (80, 360, "The phase is 360 degrees; it must be at least 0 and below 360"),
        (80, -90, "The phase is -90 degrees"),
        (0, 90, "The clock is 0 MHz; it must be positive"),
    ],
)  # fmt: skip
def test_impossible_clocks(frequency, phase, sentence):
    with pytest.raises(SdramError, match=sentence):
        SdramCycles(chip=MT48, frequency=frequency, phase=phase)


def test_clocks_too_slow_to_refresh():
    with pytest.raises(SdramError, match="At 0.5 MHz the SDRAM .* needs a refresh every 3 cycles"):
        SdramCycles(chip=MT48, frequency=0.5, phase=90)


def test_late_pads():
    """Data that come too late for the controller's counter."""
    pads = replace(ECP5_PADS, round_trip_least=50, round_trip_most=51)
    with pytest.raises(SdramError, match="come 8 cycles after .* waits at most 7"):
        SdramCycles(chip=MT48, frequency=100, phase=90, pads=pads)


@pytest.mark.parametrize(
    "field, value, sentence",
    [
        ("rows", 1024, "rows of the SDRAM MT48LC16M16A2 is 1024; .* power of two, 2048..8192"),
        ("columns", 300, "columns of the SDRAM .* is 300; .* power of two, 256..1024"),
        ("banks", 8, "banks of .* is 8; .* 2..4"),
        ("width", 8, "width of .* is 8; .* 16..32"),
        ("refreshes", 0, "has 0 refreshes in 64 ms; both must be positive"),
    ],
)
def test_impossible_chips(field, value, sentence):
    with pytest.raises(SdramError, match=sentence):
        replace(MT48, **{field: value})


@pytest.mark.parametrize(
    "field, value, sentence",
    [
        ("t_rcd", 0, "t_rcd is 0; it must be a positive number"),
        ("cas_latency", 4, "cas_latency is 4; the chips know 2 and 3"),
        ("t_oh", 7, "t_oh is 7 ns and t_ac 6 ns"),
    ],
)
def test_impossible_timing(field, value, sentence):
    with pytest.raises(SdramError, match=sentence):
        replace(CAUTIOUS, **{field: value})


def test_unknown_chip():
    with pytest.raises(SdramError, match="no SDRAM 'W9825'; the chips are MT48LC16M16A2, AS4C32M1"):
        find_chip("W9825")
