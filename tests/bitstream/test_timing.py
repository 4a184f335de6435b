"""A clock that is too slow, and what to do about it."""

import pytest

from lls_hw.bitstream.report import Timing, TimingError, check_timing


def test_only_the_engine_can_be_slower():
    timing = [Timing("clk", 61, 60), Timing("usb_clk", 12.5, 12), Timing("usb_io_clk", 40, 48)]
    check_timing(timing[:2], 60, lambda achieved: None)
    with pytest.raises(TimingError, match="usb_io_clk reaches 40.0 MHz .*try more --seeds.$"):
        check_timing(timing, 60, lambda achieved: 39)
    slow = [Timing("clk", 57, 60.0024)]
    with pytest.raises(TimingError, match="try more --seeds, or --frequency 56.25.$"):
        check_timing(slow, 60, lambda achieved: 56.25)
    with pytest.raises(TimingError, match="try more --seeds, or a lower --frequency.$"):
        check_timing(slow, 60, lambda achieved: None)
