"""Dividers of an ECP5's PLL for the clocks of USB."""

from collections.abc import Iterator
from dataclasses import dataclass

from lls_hw.contract.usb import BIT_RATE
from lls_hw.gateware.clock.ecp5_pll import (
    DETECTOR_MHZ,
    FEEDBACK,
    OSCILLATOR_MHZ,
    OUTPUT,
    OUTPUT_MHZ,
    REFERENCE,
    PllDividers,
)
from lls_hw.gateware.clock.frequency import FrequencyError

__all__ = ["SAMPLES", "UsbDividers", "usb_dividers"]

SAMPLES = 4
"""Samples that the receiver takes of a bit."""
_SLOW_MHZ = BIT_RATE / 1e6
_FAST_MHZ = SAMPLES * _SLOW_MHZ


@dataclass(frozen=True)
class UsbDividers:
    """Settings of a PLL whose first output is only its feedback, and whose others are USB's."""

    first: PllDividers
    fast: int
    """Divider of the clock that samples the wires."""
    slow: int
    """Divider of the clock of bits."""


def _exact(source: float) -> Iterator[tuple[float, UsbDividers]]:
    """All settings with exact clocks, each with its distance from the middle of the range."""
    low, high = OSCILLATOR_MHZ
    for reference in REFERENCE:
        for feedback in FEEDBACK:
            clock = source * feedback / reference
            if not OUTPUT_MHZ[0] <= clock <= OUTPUT_MHZ[1]:
                continue
            for output in OUTPUT:
                fast = clock * output / _FAST_MHZ
                if low <= clock * output <= high and abs(fast - round(fast)) < 1e-9:
                    first = PllDividers(reference, feedback, output)
                    found = UsbDividers(first, round(fast), SAMPLES * round(fast))
                    if DETECTOR_MHZ[0] <= source / reference <= DETECTOR_MHZ[1]:
                        yield abs(clock * output - (low + high) / 2), found


def usb_dividers(source: float) -> UsbDividers:
    """Dividers that make the clocks of USB, exactly, from `source` MHz; the fastest phase detector
    among those whose oscillator is nearest to mid-range. FrequencyError if there are none."""
    found = min(
        _exact(source), key=lambda item: (round(item[0], 6), item[1].first.reference), default=None
    )
    if found is None:
        raise FrequencyError(
            f"The clocks of USB, {_SLOW_MHZ:g} and {_FAST_MHZ:g} MHz, cannot be made from the "
            f"board's {source:g} MHz; use --link uart."
        )
    return found[1]
